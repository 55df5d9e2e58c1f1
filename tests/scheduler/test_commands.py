"""The commands besides building and checking: repair, advise, simulate; and specs written and read back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from scheduler.__main__ import main
from scheduler.instances import described, read_spec
from scheduler.model import Meeting, Participant, SessionSpec
from tests.scheduler.sessions import sessions

SPEC = SessionSpec(
    slots=3,
    tables=(2, 2, 2),
    participants=(Participant("E0", "E"), Participant("E1", "E"), Participant("X0", "X"), Participant("X1", "X")),
    meetings=tuple(Meeting(f"{e}-{x}", f"E{e}", f"X{x}", 5 + e + x) for e in range(2) for x in range(2)),
    name="small",
)


@given(spec=sessions())
@settings(max_examples=60, deadline=None)
def test_a_spec_is_read_back_as_it_was_written(spec: SessionSpec) -> None:
    assert read_spec(json.loads(json.dumps(described(spec)))) == spec


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, Path]:
    """(instance, timetable, folder): a session and its timetable."""
    instance, timetable = tmp_path / "i.json", tmp_path / "t.json"
    instance.write_text(json.dumps(described(SPEC)), encoding="utf-8")
    assert main(["timetable", str(instance), "--out", str(timetable)]) == 0
    return str(instance), str(timetable), tmp_path


def test_a_proof_moves_the_same_meetings_together_and_says_that_nothing_is_better(
    files: tuple[str, str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    instance, _timetable, folder = files
    apart = folder / "apart.json"
    places = [("0-0", 0), ("1-1", 0), ("0-1", 2), ("1-0", 2)]
    rows = [{"meeting": meeting, "slot": slot, "table": int(meeting[2])} for meeting, slot in places]
    apart.write_text(json.dumps({"instance": "small", "assignments": rows}), encoding="utf-8")
    capsys.readouterr()
    better = str(folder / "better.json")
    assert main(["prove", instance, str(apart), "--out", better, "--time-limit", "10"]) == 0
    assert capsys.readouterr().out == "small：原有空档4处；空档共0处，已证明不能更少\n"
    assert main(["check", instance, better]) == 0
    written = json.loads(Path(better).read_text(encoding="utf-8"))
    assert sorted(row["meeting"] for row in written["assignments"]) == ["0-0", "0-1", "1-0", "1-1"]
    assert written["status"] == "optimal"


def test_a_timetable_with_clashes_is_not_proven(
    files: tuple[str, str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    instance, _timetable, folder = files
    double = folder / "double.json"
    rows = [{"meeting": meeting, "slot": 0, "table": table} for table, meeting in enumerate(("0-0", "0-1"))]
    double.write_text(json.dumps({"instance": "small", "assignments": rows}), encoding="utf-8")
    capsys.readouterr()
    assert main(["prove", instance, str(double), "--out", str(folder / "never.json")]) == 1
    assert capsys.readouterr().err.startswith("C4 ")
    assert not (folder / "never.json").exists()


def test_a_repair_says_what_changes_and_can_be_checked(
    files: tuple[str, str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    instance, timetable, folder = files
    capsys.readouterr()
    out, changed = str(folder / "new.json"), str(folder / "changed.json")
    events = ["--cancel", "E0", "--table", "1", "--late", "X1=1", "--leave", "X0=3"]
    assert main(["repair", instance, timetable, "--out", out, "--spec-out", changed, *events]) == 0
    said = capsys.readouterr().out
    assert "取消2场" in said
    assert "E0与X0：取消" in said
    assert main(["check", changed, out, "--previous", timetable]) == 0


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (["--cancel", "Z"], "参会人 Z 不在名单中"),
        (["--late", "E0"], "应写成 人=时段，实际为 E0"),
        (["--slot", "7"], "时段 7 不存在或已过去"),
        (["--now", "9"], "现在的时段应在 0 和 3 之间"),
    ],
)
def test_a_nonsense_event_is_refused(
    files: tuple[str, str, Path], event: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    instance, timetable, folder = files
    assert main(["repair", instance, timetable, "--out", str(folder / "n.json"), *event]) == 2
    assert capsys.readouterr().err == f"输入有误：{message}\n"


def test_advice_and_simulation_speak(files: tuple[str, str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    instance, timetable, folder = files
    capsys.readouterr()
    assert main(["advise", instance]) == 0
    assert capsys.readouterr().out.startswith(
        "现在可排4场洽谈（总分24）；愿望最多能开成4场\n全部开成要2个时段（现有3个）"
    )
    assert main(["simulate", instance, timetable, "--days", "50", "--absent", "0.5"]) == 0
    assert "按50%的企业缺席模拟50天：4场洽谈" in capsys.readouterr().out
    broken = json.loads(Path(timetable).read_text(encoding="utf-8"))
    broken["assignments"][0]["slot"] = 9
    (folder / "b.json").write_text(json.dumps(broken), encoding="utf-8")
    assert main(["simulate", instance, str(folder / "b.json")]) == 2
    assert capsys.readouterr().err == "输入有误：时间表有冲突，请先用 check 检查\n"


@pytest.mark.parametrize("wrong", [["--absent", "2"], ["--days", "0"]])
def test_nonsense_shares_and_days_are_refused(files: tuple[str, str, Path], wrong: list[str]) -> None:
    instance, timetable, _folder = files
    with pytest.raises(SystemExit) as stopped:
        main(["simulate", instance, timetable, *wrong])
    assert stopped.value.code == 2
