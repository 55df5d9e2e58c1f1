"""The command line and the file formats: what is written can be read and checked, bad input is refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scheduler.__main__ import main
from scheduler.instances import MAX_BYTES


def instance() -> dict[str, Any]:
    """Three enterprises, two experts, three slots, two tables."""
    return {
        "format": "timetable-instance/1",
        "name": "spring",
        "n_slots": 3,
        "sessions": [[0, 1], [2]],
        "tables": 2,
        "fairness_d": 1,
        "participants": [
            *({"id": f"E{i}", "side": "E", "available": [0, 1, 2], "quota": 2} for i in range(3)),
            *({"id": f"X{i}", "side": "X", "available": None, "quota": None} for i in range(2)),
        ],
        "meetings": [
            {"id": f"m{e}{x}", "a": f"E{e}", "b": f"X{x}", "score": 10 * e + x, "mandatory": False, "after": []}
            for e in range(3)
            for x in range(2)
        ],
    }


def stored(folder: Path, name: str, data: object) -> str:
    path = folder / name
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


def test_a_timetable_is_written_and_passes_its_own_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = stored(tmp_path, "i.json", instance()), str(tmp_path / "t.json")
    assert main(["timetable", source, "--out", out, "--seed", "3", "--time-limit", "5"]) == 0
    assert capsys.readouterr().out == "spring：6 场洽谈排上 6 场，总分 63（上界 63）\n"
    written = json.loads(Path(out).read_text(encoding="utf-8"))
    assert sorted(row["meeting"] for row in written["assignments"]) == ["m00", "m01", "m10", "m11", "m20", "m21"]
    assert (written["instance"], written["status"], written["unplaced"]) == ("spring", "optimal", [])
    assert {name: written["claims"][name] for name in ("score", "bound", "scheduled")} == {
        "score": 63,
        "bound": 63,
        "scheduled": 6,
    }
    assert main(["check", source, out, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["violations"]) == (True, [])
    assert {**report["figures"], "bound": 63} == written["claims"]


def test_check_names_clashes_and_false_claims(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = stored(tmp_path, "i.json", instance())
    rows = [{"meeting": "m00", "slot": 0, "table": 0}, {"meeting": "m10", "slot": 1, "table": 0}]
    false = stored(tmp_path, "t.json", {"assignments": rows, "claims": {"score": 99}})
    assert main(["check", source, false]) == 1
    assert capsys.readouterr().out.splitlines()[:2] == ["1 处冲突", "  C16 数字属实：声称 score=99，实际为 10"]
    rows[1]["slot"] = 0
    double = stored(tmp_path, "t.json", {"assignments": rows})
    assert main(["check", source, double, "--json"]) == 1
    assert [row["code"] for row in json.loads(capsys.readouterr().out)["violations"]] == ["C4", "C6"]


def test_a_mandatory_meeting_that_cannot_stand_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = instance()
    data["participants"][0]["available"] = []
    data["meetings"][0]["mandatory"] = True
    out = str(tmp_path / "t.json")
    assert main(["timetable", stored(tmp_path, "i.json", data), "--out", out]) == 1
    assert capsys.readouterr().err == "C10 E0与X0必须安排，但没有排上\n"
    assert {row["meeting"]: row["reason"] for row in json.loads(Path(out).read_text())["unplaced"]} == {
        "m00": "E0与X0没有同时在场的时段",
        "m01": "E0与X1没有同时在场的时段",
    }


def changed(**fields: object) -> dict[str, Any]:
    return {**instance(), **fields}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "实例：应为对象，实际为 list"),
        ({}, "实例：缺少 n_slots"),
        (changed(n_slots="3"), "实例：n_slots 应为整数，实际为 '3'"),
        (changed(n_slots=True), "实例：n_slots 应为整数，实际为 True"),
        (changed(n_slots=10**9), "实例：n_slots 应在 0 到 10000 之间，实际为 1000000000"),
        (
            changed(format="timetable-instance/2"),
            "实例：format 应为 timetable-instance/1，实际为 'timetable-instance/2'",
        ),
        (changed(tables=[1, 2]), "实例：I1 给了2个桌数，时段却有3个"),
        (changed(tables=-1), "实例：tables 不能为负数"),
        (changed(sessions=[[0, 1], [1, 2]]), "实例：I6 第2时段同时属于当天的两段"),
        (changed(participants=[{"id": "E0", "side": "Z"}]), "participants[0]：side 应为 E、X 或 P，实际为 'Z'"),
        (changed(participants=[{"side": "E"}]), "participants[0]：缺少 id"),
        (changed(participants=[{"id": 4}]), "participants[0]：id 应为文字，实际为 4"),
        (changed(participants=[{"id": "E0", "available": "all"}]), "participants[0]：available 应为数组，实际为 str"),
        (changed(meetings=[{"id": "m", "a": "E0", "b": "X7"}]), "实例：I4 洽谈 m 里的 X7 不在参会人名单中"),
        (
            changed(meetings=[{"id": "m", "a": "E0", "b": "X0", "mandatory": 1}]),
            "meetings[0]：mandatory 应为 true 或 false，实际为 1",
        ),
        (changed(meetings={}), "实例：meetings 应为数组，实际为 dict"),
    ],
)
def test_bad_instances_are_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: object, message: str
) -> None:
    out = tmp_path / "t.json"
    assert main(["timetable", stored(tmp_path, "i.json", data), "--out", str(out)]) == 2
    assert capsys.readouterr().err == f"输入有误：{message}\n"
    assert not out.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "不是有效的 JSON（Expecting value: line 1 column 1 (char 0)）"),
        (b"\xff\xfe\x00", "不是有效的 JSON（'utf-8' codec can't decode byte 0xff in position 0: invalid start byte）"),
    ],
)
def test_files_that_are_not_json_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, message: str
) -> None:
    path = tmp_path / "i.json"
    path.write_bytes(content)
    assert main(["timetable", str(path), "--out", str(tmp_path / "t.json")]) == 2
    assert capsys.readouterr().err == f"输入有误：{path}：{message}\n"


def test_missing_files_and_folders_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "none.json"
    assert main(["check", str(missing), str(missing)]) == 2
    assert capsys.readouterr().err == f"输入有误：{missing}：无法读取（No such file or directory）\n"
    out = tmp_path / "no" / "t.json"
    assert main(["timetable", stored(tmp_path, "i.json", instance()), "--out", str(out)]) == 2
    assert capsys.readouterr().err == f"无法写入 {out}：No such file or directory\n"
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 100_000, encoding="utf-8")
    assert main(["check", str(deep), str(deep)]) == 2


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "soon", "99999"])
def test_a_nonsense_time_limit_is_refused(limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["timetable", "i.json", "--out", "t.json", "--time-limit", limit])
    assert stopped.value.code == 2
    assert capsys.readouterr().out == ""


def test_an_enormous_file_is_refused_unread(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "big.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert main(["check", str(path), str(path)]) == 2
    assert capsys.readouterr().err == f"输入有误：{path}：文件超过 64 MB\n"
