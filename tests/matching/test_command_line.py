"""The commands as another program runs them."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from matching.__main__ import main
from matching.reranker import Model
from matching.training import Comparison

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


def inputs(data: Path) -> list[str]:
    return ["--needs", str(data / "needs.jsonl"), "--achievements", str(data / "achievements.jsonl")]


def test_rank_writes_a_run(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run.tsv"
    assert main(["rank", *inputs(data), "--top", "2", "--out", str(out)]) == 0
    rows = [line.split("\t") for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row[0] for row in rows[:2]] == ["N1", "N1"]
    assert [row[2] for row in rows] == ["1", "2"] * (len(rows) // 2)
    assert [row[1] for row in rows if row[2] == "1"][:4] == ["A01", "A04", "A07", "A09"]
    assert all(0.0 < float(row[3]) <= 1.0 for row in rows)
    assert capsys.readouterr().out == f"5 needs, 12 achievements, {len(rows)} pairs in {out}\n"


def test_evaluate_prints_both_sides(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", *inputs(data), "--qrels", str(data / "qrels.tsv"), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["needs"], figures["answered"]) == (5, 4)
    assert figures["ours"]["mrr@10"] == 1.0
    assert figures["reference"]["ndcg@10"] < figures["ours"]["ndcg@10"] <= 1.0
    difference = figures["ours"]["ndcg@10"] - figures["reference"]["ndcg@10"]
    assert figures["difference"]["ndcg@10"] == pytest.approx(difference, abs=2e-6)


def test_evaluate_prints_a_table(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", *inputs(data), "--qrels", str(data / "qrels.tsv")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "5 needs, 4 of them with an answer of grade 2 or 3"
    assert [line.split()[0] for line in lines[2:]] == ["ndcg@10", "mrr@10", "p@5", "r@10", "abstention_auc"]


@pytest.mark.parametrize("as_json", [True, False])
def test_evaluate_without_anything_to_measure(
    tmp_path: Path, as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    arguments = ["evaluate", "--needs", str(empty), "--achievements", str(empty), "--qrels", str(empty)]
    assert main(arguments + ["--json"] * as_json) == 0
    printed = capsys.readouterr().out
    if as_json:
        assert json.loads(printed)["difference"]["abstention_auc"] is None
    else:
        assert printed.splitlines()[-1].split() == ["abstention_auc", "-", "-", "-"]


def test_evaluate_texts_without_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    silent = tmp_path / "silent.jsonl"
    silent.write_text('{"id": "X1", "title": ""}\n', encoding="utf-8")
    judged = tmp_path / "judged.tsv"
    judged.write_text("X1\tX1\t3\n", encoding="utf-8")
    assert (
        main(["evaluate", "--needs", str(silent), "--achievements", str(silent), "--qrels", str(judged), "--json"]) == 0
    )
    assert json.loads(capsys.readouterr().out)["ours"]["ndcg@10"] == 0.0


def test_a_bad_file_is_a_message_and_status_2(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone = tmp_path / "gone.jsonl"
    arguments = [
        "rank",
        "--needs",
        str(gone),
        "--achievements",
        str(data / "achievements.jsonl"),
        "--out",
        str(tmp_path / "x"),
    ]
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"matching: {gone}: cannot be read (No such file or directory)\n"
    assert not (tmp_path / "x").exists()


def test_explain_prints_contributions_that_add_up(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *inputs(data), "--need", "N1", "--achievement", "A04"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["need"], answer["achievement"]) == ("N1", "A04")
    parts = math.fsum(one["weight"] for one in answer["contributions"])
    assert math.isclose(parts, answer["score"], abs_tol=1e-6)
    assert answer["why_not"]["sentences"]
    assert answer["missing"]


@pytest.mark.parametrize(("need", "achievement", "unknown"), [("X", "A04", "need 'X'"), ("N1", "X", "achievement 'X'")])
def test_explain_unknown_ids(
    data: Path, capsys: pytest.CaptureFixture[str], need: str, achievement: str, unknown: str
) -> None:
    assert main(["explain", *inputs(data), "--need", need, "--achievement", achievement]) == 2
    assert unknown in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["rank"], ["rank", "--needs", "a", "--achievements", "b", "--out", "c", "--top", "0"]]
)
def test_wrong_arguments_are_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2


def training(data: Path, out: Path) -> list[str]:
    return ["train", *inputs(data), "--qrels", str(data / "qrels.tsv"), "--out", str(out)]


def test_train_writes_a_model_that_rank_and_evaluate_take(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, run, desk = tmp_path / "model.json", tmp_path / "run.tsv", tmp_path / "desk.tsv"
    desk.write_text("need\tachievement\tverdict\nN1\tA05\tdismiss\nN2\tA11\t5\n", encoding="utf-8")
    assert main([*training(data, model), "--judgements", str(desk), "--force"]) == 0
    assert json.loads(model.read_text(encoding="utf-8"))["version"] > 0
    assert "version" in capsys.readouterr().out
    assert main(["rank", *inputs(data), "--out", str(run), "--model", str(model)]) == 0
    assert main(["evaluate", *inputs(data), "--qrels", str(data / "qrels.tsv"), "--model", str(model)]) == 0


def test_train_leaves_a_better_model_alone(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "model.json"
    out.write_text(Model.by_hand().to_json(), encoding="utf-8")
    before = out.read_bytes()
    monkeypatch.setattr(Comparison, "better", property(lambda _: False))
    assert main(training(data, out)) == 1
    assert "is not better" in capsys.readouterr().err
    assert out.read_bytes() == before
    assert main([*training(data, out), "--force"]) == 0
    assert out.read_bytes() != before


@pytest.mark.parametrize("content", ["no model", "{}"])
def test_a_broken_model_is_a_message_and_status_2(
    data: Path, tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model.json"
    model.write_text(content, encoding="utf-8")
    assert main(["rank", *inputs(data), "--out", str(tmp_path / "run.tsv"), "--model", str(model)]) == 2
    assert capsys.readouterr().err.startswith(f"matching: {model}: this is no model")


def test_train_without_answers_is_a_message_and_status_2(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    none = tmp_path / "qrels.tsv"
    none.write_text("N1\tA01\t0\n", encoding="utf-8")
    arguments = ["train", *inputs(data), "--qrels", str(none), "--out", str(tmp_path / "model.json")]
    assert main(arguments) == 2
    assert "training needs pairs that are answers" in capsys.readouterr().err


def test_the_package_runs_as_a_program(data: Path) -> None:
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "matching",
        "evaluate",
        *inputs(data),
        "--qrels",
        str(data / "none.tsv"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"matching: {data / 'none.tsv'}: cannot be read (No such file or directory)\n"


def test_importing_the_package_loads_neither_scikit_learn_nor_jieba() -> None:
    code = "import matching, sys; print(sorted({'sklearn', 'scipy', 'numpy', 'jieba'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_public_names_are_all_there() -> None:
    import matching

    assert [name for name in matching.__all__ if getattr(matching, name, None) is None] == []
    with pytest.raises(AttributeError, match="Nothing"):
        _ = matching.Nothing
