"""The command line: `python -m scheduler timetable INSTANCE.json --out FILE` and `python -m scheduler check ...`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from scheduler.instances import BadInstance, load, read_placed, read_spec, written
from scheduler.measures import false_claims, figures
from scheduler.rules import clashes
from scheduler.timetable import build

OK, CLASHES, BAD_INPUT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; exit code 0: fine, 1: clashes (or a mandatory meeting left out), 2: bad input."""
    options = _parser().parse_args(arguments)
    try:
        return _timetable(options) if options.command == "timetable" else _check(options)
    except BadInstance as error:
        print(f"输入有误：{error}", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        print(f"无法写入 {error.filename}：{error.strerror}", file=sys.stderr)
        return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scheduler", description="一对一洽谈时间表：编排与检查")
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("timetable", help="为一个实例编排时间表")
    make.add_argument("instance", type=Path, metavar="INSTANCE.json")
    make.add_argument("--out", type=Path, required=True, metavar="TIMETABLE.json")
    make.add_argument("--seed", type=int, default=0)
    make.add_argument("--time-limit", type=_seconds, default=10.0, metavar="S", help="秒，默认 10")
    make.add_argument("--previous", type=Path, metavar="OLD.json", help="已公布的时间表：锁定的洽谈不动")
    check = commands.add_parser("check", help="按规则检查一份时间表")
    check.add_argument("instance", type=Path, metavar="INSTANCE.json")
    check.add_argument("timetable", type=Path, metavar="TIMETABLE.json")
    check.add_argument("--previous", type=Path, metavar="OLD.json")
    check.add_argument("--json", action="store_true")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError("时限应大于 0、不超过 3600 秒")
    return seconds


def _timetable(options: argparse.Namespace) -> int:
    spec = read_spec(load(options.instance))
    previous = read_placed(load(options.previous))[0] if options.previous else []
    timetable = build(spec, seed=options.seed, time_limit=options.time_limit, previous=previous)
    text = json.dumps(written(spec, timetable), ensure_ascii=False, indent=1)
    options.out.write_text(text + "\n", encoding="utf-8")
    placed, total = len(timetable.placed), len(spec.meetings)
    print(f"{spec.name}：{total} 场洽谈排上 {placed} 场，总分 {timetable.claims['score']}（上界 {timetable.bound}）")
    found = clashes(spec, timetable.placed, previous=previous)
    for clash in found:
        print(f"{clash.code} {clash.message}", file=sys.stderr)
    return CLASHES if found else OK


def _check(options: argparse.Namespace) -> int:
    spec = read_spec(load(options.instance))
    placed, claims = read_placed(load(options.timetable))
    previous = read_placed(load(options.previous))[0] if options.previous else None
    found = clashes(spec, placed, previous=previous)
    countable = not any(clash.code in ("C1", "C2", "C3", "C4") for clash in found)
    if countable:
        found += false_claims(spec, placed, claims)
    counted = figures(spec, placed) if countable else {}
    if options.json:
        rows = [{"code": clash.code, "rule": clash.rule, "message": clash.message} for clash in found]
        print(json.dumps({"ok": not found, "violations": rows, "figures": counted}, ensure_ascii=False))
    else:
        print("没有冲突" if not found else f"{len(found)} 处冲突")
        for clash in found:
            print(f"  {clash.code} {clash.rule}：{clash.message}")
        for name, number in counted.items():
            print(f"  {name}: {number}")
    return CLASHES if found else OK


if __name__ == "__main__":
    sys.exit(main())
