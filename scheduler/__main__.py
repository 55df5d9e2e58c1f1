"""The command line: timetables are built, proven, checked, repaired, advised on and simulated; seasons are planned."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from scheduler import incidents
from scheduler.advising import advise
from scheduler.board import Board
from scheduler.changes import sentences
from scheduler.instances import BadInstance, described, load, read_placed, read_spec, written
from scheduler.measures import false_claims, figures
from scheduler.model import Participant, Placed, SessionSpec, Status, Timetable
from scheduler.proving import prove
from scheduler.repairing import repair
from scheduler.rules import Ground, clashes
from scheduler.season import plan_season
from scheduler.season_check import check_season
from scheduler.season_instances import plan_written, read_season
from scheduler.selecting import select
from scheduler.simulating import Habits, recommend
from scheduler.timetable import build

OK, CLASHES, BAD_INPUT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; exit code 0: fine, 1: clashes (or a mandatory meeting left out), 2: bad input."""
    options = _parser().parse_args(arguments)
    try:
        return _COMMANDS[options.command](options)
    except (BadInstance, _BadEvent) as error:
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
    best = commands.add_parser("prove", help="同样的洽谈，减少空档，并证明能否更少")
    best.add_argument("instance", type=Path, metavar="INSTANCE.json")
    best.add_argument("timetable", type=Path, metavar="TIMETABLE.json")
    best.add_argument("--out", type=Path, required=True, metavar="BETTER.json")
    best.add_argument("--seed", type=int, default=0)
    best.add_argument("--time-limit", type=_seconds, default=60.0, metavar="S", help="秒，默认 60")
    check = commands.add_parser("check", help="按规则检查一份时间表")
    check.add_argument("instance", type=Path, metavar="INSTANCE.json")
    check.add_argument("timetable", type=Path, metavar="TIMETABLE.json")
    check.add_argument("--previous", type=Path, metavar="OLD.json")
    check.add_argument("--json", action="store_true")
    _further(commands)
    return parser


def _further(commands: Any) -> None:
    """The commands besides building and checking."""
    mend = commands.add_parser("repair", help="出事之后改动最少地修补已公布的时间表")
    mend.add_argument("instance", type=Path, metavar="INSTANCE.json", help="已公布时间表的实例；变化用下面的选项给出")
    mend.add_argument("previous", type=Path, metavar="OLD.json")
    mend.add_argument("--out", type=Path, required=True, metavar="TIMETABLE.json")
    mend.add_argument("--spec-out", type=Path, metavar="CHANGED.json", help="变化后的实例")
    mend.add_argument("--cancel", action="append", default=[], metavar="人")
    mend.add_argument("--late", action="append", default=[], metavar="人=时段", help="到场的时段，从0数")
    mend.add_argument("--leave", action="append", default=[], metavar="人=时段", help="离开的时段，从0数")
    mend.add_argument("--table", action="append", default=[], type=int, metavar="桌", help="停用的桌，从0数")
    mend.add_argument("--slot", action="append", default=[], type=int, metavar="时段", help="取消的时段，从0数")
    mend.add_argument("--now", type=int, default=0, metavar="时段", help="现在的时段：之前的洽谈不动")
    mend.add_argument("--seed", type=int, default=0)
    help_out = commands.add_parser("advise", help="需要多少时段和桌，瓶颈在哪里，再多一些有多大好处")
    help_out.add_argument("instance", type=Path, metavar="INSTANCE.json")
    help_out.add_argument("--seed", type=int, default=0)
    days = commands.add_parser("simulate", help="模拟缺席和迟到，建议预备多少候补洽谈")
    days.add_argument("instance", type=Path, metavar="INSTANCE.json")
    days.add_argument("timetable", type=Path, metavar="TIMETABLE.json")
    days.add_argument("--absent", type=_share, default=Habits().absent, metavar="比例")
    days.add_argument("--late", type=_share, default=Habits().late, metavar="比例")
    days.add_argument("--days", type=_number, default=1000)
    days.add_argument("--seed", type=int, default=0)
    year = commands.add_parser("season", help="把全年的匹配排进各场对接会，或检查一份年度计划")
    year.add_argument("instance", type=Path, metavar="SEASON.json")
    task = year.add_mutually_exclusive_group(required=True)
    task.add_argument("--out", type=Path, metavar="PLAN.json")
    task.add_argument("--check", type=Path, metavar="PLAN.json")
    year.add_argument("--time-limit", type=_seconds, default=20.0, metavar="S", help="秒，默认 20")
    year.add_argument("--seed", type=int, default=0)


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("比例应在 0 和 1 之间")
    return share


def _number(text: str) -> int:
    number = int(text)
    if not 0 < number <= 100_000:
        raise argparse.ArgumentTypeError("天数应在 1 和 100000 之间")
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError("时限应大于 0、不超过 3600 秒")
    return seconds


def _timetable(options: argparse.Namespace) -> int:
    spec = read_spec(load(options.instance))
    previous = read_placed(load(options.previous))[0] if options.previous else []
    timetable = build(spec, seed=options.seed, time_limit=options.time_limit, previous=previous)
    _write(options.out, written(spec, timetable))
    placed, total = len(timetable.placed), len(spec.meetings)
    print(f"{spec.name}：{total} 场洽谈排上 {placed} 场，总分 {timetable.claims['score']}（上界 {timetable.bound}）")
    found = clashes(spec, timetable.placed, previous=previous)
    for clash in found:
        print(f"{clash.code} {clash.message}", file=sys.stderr)
    return CLASHES if found else OK


def _prove(options: argparse.Namespace) -> int:
    spec = read_spec(load(options.instance))
    placed, _claims = read_placed(load(options.timetable))
    found = clashes(spec, placed)
    for clash in found:
        print(f"{clash.code} {clash.message}", file=sys.stderr)
    if found:
        return CLASHES
    counted = figures(spec, placed)
    bound = max(select(Board(Ground(spec)), options.time_limit).bound, counted["score"])
    status: Status = "optimal" if counted["score"] == bound else "feasible"
    old = Timetable(tuple(placed), (), status, bound, options.seed, counted)
    proof = prove(spec, old, options.time_limit, options.seed)
    _write(options.out, written(spec, proof.timetable))
    print(f"{spec.name}：原有空档{old.claims['breaks']}处；{proof.verdict}")
    return OK


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


class _BadEvent(ValueError):
    """An event on the command line that the session knows nothing of."""


def _repair(options: argparse.Namespace) -> int:
    published = read_spec(load(options.instance))
    old, _claims = read_placed(load(options.previous))
    spec = _after_events(published, old, options)
    found = repair(spec, old, seed=options.seed, now_slot=options.now)
    _write(options.out, written(spec, found.timetable))
    if options.spec_out:
        _write(options.spec_out, described(spec))
    diff = found.diff
    print(
        f"保留{len(diff.kept)}场，改时间{len(diff.moved)}场，取消{len(diff.dropped)}场，新增{len(diff.added)}场，"
        f"换桌{len(diff.retabled)}场；需要通知{len(diff.affected)}人"
    )
    for sentence in sentences(spec, diff):
        print(f"  {sentence}")
    broken = clashes(spec, found.timetable.placed, previous=old)
    for clash in broken:
        print(f"{clash.code} {clash.message}", file=sys.stderr)
    return CLASHES if broken else OK


def _after_events(spec: SessionSpec, old: Sequence[Placed], options: argparse.Namespace) -> SessionSpec:
    people: dict[str, Participant] = {person.id: person for person in spec.participants}

    def timed(text: str) -> tuple[str, int]:
        person, _, slot = text.rpartition("=")
        if not person or not slot.isdigit():
            raise _BadEvent(f"应写成 人=时段，实际为 {text}")
        return known(person), int(slot)

    def known(person: str) -> str:
        if person not in people:
            raise _BadEvent(f"参会人 {person} 不在名单中")
        return person

    if not 0 <= options.now <= spec.slots:
        raise _BadEvent(f"现在的时段应在 0 和 {spec.slots} 之间")
    for person in options.cancel:
        spec = incidents.cancelled(spec, known(person), old, options.now)
    for person, slot in map(timed, options.late):
        spec = incidents.late(spec, person, slot, old)
    for person, slot in map(timed, options.leave):
        spec = incidents.leaving(spec, person, slot, old)
    for table in options.table:
        spec = incidents.without_table(spec, table, old, range(options.now, spec.slots))
    for slot in options.slot:
        if not options.now <= slot < spec.slots:
            raise _BadEvent(f"时段 {slot} 不存在或已过去")
        spec = incidents.without_slot(spec, slot, old)
    return spec


def _advise(options: argparse.Namespace) -> int:
    spec = read_spec(load(options.instance))
    advice = advise(spec, seed=options.seed)
    print(f"现在可排{advice.now.meetings}场洽谈（总分{advice.now.score}）；愿望最多能开成{advice.wishes}场")
    if advice.slots_needed is None:
        print("只加时段不能全部开成")
    else:
        print(f"全部开成要{advice.slots_needed}个时段（现有{spec.slots}个）")
    if advice.tables_needed is not None:
        print(f"每个时段{advice.tables_needed}张桌就够，再多不增加洽谈")
    for person in advice.tight[:10]:
        print(f"  瓶颈：{person.person}有{person.wishes}个愿望，只有时间开{person.capacity}场")
    if advice.full_slot is not None:
        print(f"  瓶颈：第{advice.full_slot + 1}时段因洽谈桌排满落空的愿望最多")
    for change in advice.changes:
        print(f"  {change.sentence}")
    return OK


def _simulate(options: argparse.Namespace) -> int:
    spec = read_spec(load(options.instance))
    placed, _claims = read_placed(load(options.timetable))
    if clashes(spec, placed):
        raise _BadEvent("时间表有冲突，请先用 check 检查")
    habits = Habits(absent=options.absent, late=options.late)
    advice = recommend(spec, placed, habits, days=options.days, seed=options.seed)
    for one in advice.outcomes:
        print(
            f"  计划{one.planned}场，候补{one.reserves}场，双重预订{one.twice}场：开成{one.held:.1f}场，"
            f"总分{one.score:.0f}，白来{one.turned_away:.1f}人，十天里九天不少于{one.bad_day:.0f}场"
        )
    print(advice.sentence)
    return OK


def _season(options: argparse.Namespace) -> int:
    data = load(options.instance)
    spec = read_season(data)
    assert isinstance(data, dict)
    if options.check:
        plan = load(options.check)
        if not isinstance(plan, dict) or not isinstance(plan.get("assignments"), list):
            raise BadInstance(f"{options.check}：缺少 assignments")
        breaches, counted = check_season(data, plan)
        print("没有冲突" if not breaches else f"{len(breaches)} 处冲突")
        for breach in breaches:
            print(f"  {breach.code} {breach.message}")
        for name, number in counted.items():
            print(f"  {name}: {number:g}")
        return CLASHES if breaches else OK
    found = plan_season(spec, seed=options.seed, seconds=options.time_limit)
    _write(options.out, plan_written(str(data.get("name", "")), found))
    within = "没有证明上界" if found.gap is None else f"距上界不超过{100 * found.gap:.2f}%"
    if found.rosters_given:
        within += "（就所选专家名单而言）"
    print(f"{len(spec.pairings)}个匹配排上{len(found.assigned)}个，总价值{found.objective:g}，{within}")
    for session in found.not_held:
        print(f"  {session}：到会企业太少，不宜举办")
    return OK


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "timetable": _timetable,
    "prove": _prove,
    "check": _check,
    "repair": _repair,
    "advise": _advise,
    "simulate": _simulate,
    "season": _season,
}


if __name__ == "__main__":
    sys.exit(main())
