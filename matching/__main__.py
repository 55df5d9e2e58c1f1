"""The command line: ``python -m matching rank``, ``explain``, ``evaluate`` and ``train``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from matching.evaluation import Figures, evaluate
from matching.files import BadFile, read_judgements, read_profiles, read_verdicts, write_run
from matching.reranker import BadModel, Example, Model
from matching.text import Segmenter

_DEPTH = 10

DESK_WEIGHT = 0.5
"""What a verdict of the desk counts against an expert's grade: it was given on what the ranking had put forward."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. Returns the exit status: 0, 1 for a model that was not replaced, 2 for unusable arguments and files."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "rank":
            _rank(options.needs, options.achievements, options.top, options.out, options.model)
        elif options.command == "explain":
            _explain(options)
        elif options.command == "evaluate":
            _evaluate(options.needs, options.achievements, options.qrels, options.json, options.model)
        else:
            return _train(options)
    except BadFile as error:
        print(f"matching: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m matching", description="Ranks achievements for technology needs.")
    commands = parser.add_subparsers(dest="command", required=True)
    rank = commands.add_parser("rank", help="write the best achievements of each need")
    rate = commands.add_parser("evaluate", help="measure the ranking on judged pairs, beside plain jieba TF-IDF")
    tell = commands.add_parser("explain", help="print why a pair has its score, and what is missing, as JSON")
    for command in (rank, tell, rate):
        command.add_argument("--needs", type=Path, required=True, help="one JSON object per line")
        command.add_argument("--achievements", type=Path, required=True, help="one JSON object per line")
        command.add_argument("--model", type=Path, help="a model written by train (the shipped one)")
    rank.add_argument("--top", type=_positive, default=_DEPTH, help="achievements per need (10)")
    rank.add_argument("--out", type=Path, required=True, help="need id, achievement id, rank, score, separated by tabs")
    tell.add_argument("--need", required=True, help="id of the need")
    tell.add_argument("--achievement", required=True, help="id of the achievement")
    rate.add_argument("--qrels", type=Path, required=True, help="need id, achievement id, grade, separated by tabs")
    rate.add_argument("--json", action="store_true", help="print the figures as JSON")
    learn = commands.add_parser("train", help="learn the weights of the second stage from judged pairs")
    several = "; several files for several collections, in one order"
    learn.add_argument("--needs", type=Path, nargs="+", required=True, help="one JSON object per line" + several)
    learn.add_argument("--achievements", type=Path, nargs="+", required=True, help="one JSON object per line" + several)
    learn.add_argument("--qrels", type=Path, nargs="+", required=True, help="need id, achievement id, grade" + several)
    learn.add_argument(
        "--judgements",
        type=Path,
        help="need id, achievement id and keep, dismiss or 匹配度 1-5, for the first collection",
    )
    learn.add_argument(
        "--out", type=Path, required=True, help="the model; one that is there is replaced by a better one only"
    )
    learn.add_argument("--force", action="store_true", help="replace the model even when the new one is not better")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _model(path: Path | None) -> Model:
    if path is None:
        return Model.shipped()
    try:
        return Model.from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror or error})") from error
    except (BadModel, UnicodeDecodeError) as error:
        raise BadFile(f"{path}: {error}") from error


def _rank(needs_file: Path, achievements_file: Path, top: int, out: Path, model_file: Path | None) -> None:
    from matching.matcher import Matcher

    needs, achievements = read_profiles(needs_file), read_profiles(achievements_file)
    answers = Matcher(achievements, Segmenter(), model=_model(model_file)).rank_all(needs, top)
    write_run(out, needs, answers)
    print(f"{len(needs)} needs, {len(achievements)} achievements, {sum(map(len, answers))} pairs in {out}")


def _explain(options: argparse.Namespace) -> None:
    from matching.matcher import Matcher

    needs = {need.id: need for need in read_profiles(options.needs)}
    achievements = read_profiles(options.achievements)
    if options.need not in needs:
        raise BadFile(f"{options.needs}: holds no need {options.need!r}")
    if options.achievement not in {achievement.id for achievement in achievements}:
        raise BadFile(f"{options.achievements}: holds no achievement {options.achievement!r}")
    matcher = Matcher(achievements, Segmenter(), model=_model(options.model))
    need = needs[options.need]
    answer = matcher.explain(need, options.achievement).as_json()
    answer["why_not"] = matcher.why_not(need, options.achievement).as_json()
    print(json.dumps(answer, ensure_ascii=False, indent=2))


def _evaluate(
    needs_file: Path, achievements_file: Path, qrels_file: Path, as_json: bool, model_file: Path | None
) -> None:
    from matching.matcher import Matcher
    from matching.reference import plain_rankings

    needs, achievements = read_profiles(needs_file), read_profiles(achievements_file)
    judgements = read_judgements(qrels_file)
    ids = [need.id for need in needs]
    answers = Matcher(achievements, Segmenter(), model=_model(model_file)).rank_all(needs, _DEPTH)
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


def _train(options: argparse.Namespace) -> int:
    from matching.training import compare, train

    if not len(options.needs) == len(options.achievements) == len(options.qrels):
        raise BadFile("each collection needs one file of needs, one of achievements and one of grades")
    judged = _examples(options)
    previous = _model(options.out) if options.out.exists() else Model.shipped()
    try:
        model = train(judged, previous)
    except ValueError as error:
        raise BadFile(str(error)) from error
    comparison = compare(model, previous, judged)
    print(
        f"{comparison.needs} needs with an answer, unseen by the training: nDCG@10 {comparison.ndcg:.4f}, "
        f"model of before {comparison.ndcg_other:.4f} (paired t-test p = {comparison.p_value:.2f})"
    )
    if not comparison.better and not options.force:
        print(
            f"matching: {options.out} is left as it is: the new model is not better (--force replaces it)",
            file=sys.stderr,
        )
        return 1
    model = model.with_figures(comparison.as_figures())
    try:
        options.out.write_text(model.to_json(), encoding="utf-8", newline="\n")
    except OSError as error:
        raise BadFile(f"{options.out}: cannot be written ({error.strerror or error})") from error
    print(f"version {model.version}, fingerprint {model.fingerprint[:12]}, in {options.out}")
    return 0


def _examples(options: argparse.Namespace) -> list[Example]:
    from matching.matcher import Matcher
    from matching.training import examples

    segmenter = Segmenter()
    found: list[Example] = []
    files = zip(options.needs, options.achievements, options.qrels, strict=True)
    for number, (needs_file, achievements_file, qrels_file) in enumerate(files):
        needs = read_profiles(needs_file)
        matcher = Matcher(read_profiles(achievements_file), segmenter)
        prefix = f"{number}:" if number else ""
        grades = read_judgements(qrels_file)
        found += examples(matcher, needs, grades, prefix=prefix)
        if options.judgements and not number:
            verdicts = {
                need: {offer: grade for offer, grade in given.items() if offer not in grades.get(need, {})}
                for need, given in read_verdicts(options.judgements).items()
            }
            found += examples(matcher, needs, verdicts, contrast=0, weight=DESK_WEIGHT, prefix="desk:")
    return found


if __name__ == "__main__":
    sys.exit(main())
