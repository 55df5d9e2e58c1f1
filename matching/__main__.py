"""The command line: ``python -m matching rank`` and ``python -m matching evaluate``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from matching.evaluation import Figures, evaluate
from matching.files import BadFile, read_judgements, read_profiles, write_run
from matching.text import Segmenter

_DEPTH = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. Returns the exit status: 0, or 2 for arguments and files that cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "rank":
            _rank(options.needs, options.achievements, options.top, options.out)
        else:
            _evaluate(options.needs, options.achievements, options.qrels, options.json)
    except BadFile as error:
        print(f"matching: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m matching", description="Ranks achievements for technology needs.")
    commands = parser.add_subparsers(dest="command", required=True)
    rank = commands.add_parser("rank", help="write the best achievements of each need")
    rate = commands.add_parser("evaluate", help="measure the ranking on judged pairs, beside plain jieba TF-IDF")
    for command in (rank, rate):
        command.add_argument("--needs", type=Path, required=True, help="one JSON object per line")
        command.add_argument("--achievements", type=Path, required=True, help="one JSON object per line")
    rank.add_argument("--top", type=_positive, default=_DEPTH, help="achievements per need (10)")
    rank.add_argument("--out", type=Path, required=True, help="need id, achievement id, rank, score, separated by tabs")
    rate.add_argument("--qrels", type=Path, required=True, help="need id, achievement id, grade, separated by tabs")
    rate.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _rank(needs_file: Path, achievements_file: Path, top: int, out: Path) -> None:
    from matching.matcher import Matcher

    needs, achievements = read_profiles(needs_file), read_profiles(achievements_file)
    answers = Matcher(achievements, Segmenter()).rank_all(needs, top)
    write_run(out, needs, answers)
    print(f"{len(needs)} needs, {len(achievements)} achievements, {sum(map(len, answers))} pairs in {out}")


def _evaluate(needs_file: Path, achievements_file: Path, qrels_file: Path, as_json: bool) -> None:
    from matching.matcher import Matcher
    from matching.reference import plain_rankings

    needs, achievements = read_profiles(needs_file), read_profiles(achievements_file)
    judgements = read_judgements(qrels_file)
    ids = [need.id for need in needs]
    answers = Matcher(achievements, Segmenter()).rank_all(needs, _DEPTH)
    run = {
        need: [(match.offer_id, match.score) for match in matches] for need, matches in zip(ids, answers, strict=True)
    }
    ours = evaluate(run, judgements, ids)
    reference = evaluate(plain_rankings(needs, achievements, _DEPTH), judgements, ids)
    print(
        json.dumps(_as_json(ours, reference), ensure_ascii=False, indent=2) if as_json else _as_table(ours, reference)
    )


def _as_json(ours: Figures, reference: Figures) -> dict[str, object]:
    mine, theirs = ours.as_json(), reference.as_json()
    difference = {
        name: None
        if mine[name] is None or theirs[name] is None
        else round((mine[name] or 0.0) - (theirs[name] or 0.0), 6)
        for name in mine
    }
    return {"needs": ours.needs, "answered": ours.answered, "ours": mine, "reference": theirs, "difference": difference}


def _as_table(ours: Figures, reference: Figures) -> str:
    lines = [
        f"{ours.needs} needs, {ours.answered} of them with an answer of grade 2 or 3",
        f"{'':16}{'ours':>10}{'reference':>12}{'difference':>12}   (reference: jieba + scikit-learn TF-IDF, defaults)",
    ]
    theirs = reference.as_json()
    for name, mine in ours.as_json().items():
        other = theirs[name]
        if mine is None or other is None:
            lines.append(f"{name:16}{'-':>10}{'-':>12}{'-':>12}")
        else:
            lines.append(f"{name:16}{mine:>10.4f}{other:>12.4f}{mine - other:>+12.4f}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
