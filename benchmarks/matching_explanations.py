"""Measures explanations and what stands around them: time, sums, near-duplicates through edits, search with mistakes.

usage: python -m benchmarks.matching_explanations JUDGED... [--corpus FOLDER] [--mistakes 300] [--seed 1]

JUDGED are folders with ``needs.jsonl``, ``achievements.jsonl`` and ``qrels.tsv``. FOLDER, if given, holds ``needs.jsonl`` and
``achievements.jsonl`` of a large corpus, for time. Times are processor time of this process.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from matching.catalogue_search import Search
from matching.coverage import help_for
from matching.duplicates import near_duplicates, resemblance, shingles
from matching.explanation import explain_matches
from matching.files import read_judgements, read_profiles
from matching.matcher import Matcher
from matching.model import Profile
from matching.neighbours import Neighbours, needs_for
from matching.text import Segmenter, normalise

BOILERPLATE = "为贯彻落实创新驱动发展战略，我公司高度重视技术创新，愿与高校院所深入合作。", "欢迎洽谈，联系人王经理。"
EXCHANGES = (("希望", "期望"), ("目前", "现在"), ("采用", "使用"), ("要求", "需要"), ("公司", "企业"), ("解决", "处理"))


def main() -> None:
    """Runs the measurements and prints them."""
    parser = argparse.ArgumentParser(description="Measures explanations, near-duplicates and search.")
    parser.add_argument("judged", type=Path, nargs="+")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--mistakes", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    segmenter = Segmenter()
    for folder in options.judged:
        needs, offers = read_profiles(folder / "needs.jsonl"), read_profiles(folder / "achievements.jsonl")
        print(f"\n{folder.name}: {len(needs)} needs, {len(offers)} achievements")
        matcher = Matcher(offers, segmenter)
        explained(matcher, needs, read_judgements(folder / "qrels.tsv"))
        both_ways(matcher, needs)
        copies("needs", needs, random.Random(options.seed))
        copies("achievements", offers, random.Random(options.seed))
        searched(matcher, options.mistakes, random.Random(options.seed))
    if options.corpus:
        needs = read_profiles(options.corpus / "needs.jsonl")
        offers = read_profiles(options.corpus / "achievements.jsonl")
        print(f"\n{len(needs)} needs, {len(offers)} achievements")
        large(Matcher(offers, segmenter), needs, options.mistakes, random.Random(options.seed))


def timed(name: str, calls: Sequence[Callable[[], object]]) -> None:
    """Prints the median and the 95th percentile of the processor time of some calls, in milliseconds."""
    times: list[float] = []
    for call in calls:
        start = time.process_time()
        call()
        times.append(1000 * (time.process_time() - start))
    times.sort()
    print(f"{name:46} p50 {times[len(times) // 2]:8.1f} ms   p95 {times[int(0.95 * (len(times) - 1))]:8.1f} ms")


def explained(matcher: Matcher, needs: Sequence[Profile], grades: dict[str, dict[str, int]]) -> None:
    """Explains all judged pairs: the largest deviation of the sum, sentence lengths, how often gaps and figures are named."""
    pairs = [(need, offer) for need in needs for offer in sorted(grades.get(need.id, {}))]
    known = {offer.id for offer in matcher.offers}
    answers = [(matcher.explain(need, offer), grades[need.id][offer]) for need, offer in pairs if offer in known]
    worst = max(abs(math.fsum(part.weight for part in one.contributions) - one.score) for one, _ in answers)
    longest = max(len(one.sentence) for one, _ in answers)
    print(f"{len(answers)} pairs: largest deviation of the sum {worst:.1e}, longest sentence {longest} characters")
    for low, high, name in ((2, 3, "answers"), (0, 0, "unrelated")):
        of_kind = [one.evidence for one, grade in answers if low <= grade <= high]
        named = [
            f"{label} {sum(map(test, of_kind)) / len(of_kind):.0%}"
            for label, test in (
                ("a synonym", lambda one: bool(one.synonyms)),
                ("a related term", lambda one: bool(one.related)),
                ("a figure that meets", lambda one: any(figure.verdict == "meets" for figure in one.figures)),
                ("a figure that misses", lambda one: any(figure.verdict == "misses" for figure in one.figures)),
                ("something missing", lambda one: bool(one.missing)),
            )
        ]
        print(f"  {name} ({len(of_kind)}): {', '.join(named)}")
    timed("explain one pair", [partial(matcher.explain, need, offer) for need, offer in pairs[:200]])
    timed("why not", [partial(matcher.why_not, need, offer) for need, offer in pairs[:100]])


def both_ways(matcher: Matcher, needs: Sequence[Profile]) -> None:
    """Times what goes sideways."""
    pool = Neighbours(needs, matcher)
    timed("similar needs", [partial(pool.similar, need) for need in needs])
    timed("needs for an achievement", [partial(needs_for, matcher, needs, at.id) for at in matcher.offers[:20]])
    timed("help for a need", [partial(help_for, matcher, need) for need in needs[:20]])
    sizes = [len(group.ids) for group in pool.groups()]
    print(f"groups: {len(sizes)}, of more than one need: {sum(size > 1 for size in sizes)}, the largest {max(sizes)}")


def edited(profile: Profile, kind: str, rng: random.Random) -> Profile:
    """Returns a copy with changes of one kind, and in half of all cases with a longer title."""
    parts = re.split(r"(?<=[。；，])", profile.body)
    if kind == "a third left out":
        parts = [part for part in parts if rng.random() > 0.33]
    elif kind == "first half only":
        parts = parts[: max(1, len(parts) // 2)]
    elif kind == "clauses shuffled":
        rng.shuffle(parts)
    body = "".join(parts)
    if kind == "words and numbers changed":
        for old, new in EXCHANGES:
            body = body.replace(old, new)
        body = re.sub(r"\d{1,8}", lambda hit: str(int(hit.group()) + 1), body)
    elif kind == "one character in 20 wrong":
        body = "".join(rng.choice("的一是在不了有") if rng.random() < 0.05 else one for one in body)
    elif kind == "boilerplate around":
        body = BOILERPLATE[0] + body + BOILERPLATE[1]
    title = profile.title if rng.random() < 0.5 else f"关于{profile.title}的技术需求"
    return replace(profile, id=profile.id + "'", title=title, body=body)


def copies(name: str, profiles: Sequence[Profile], rng: random.Random) -> None:
    """Prints how alike different profiles are at most, and how many edited copies are found."""
    sets = [shingles(profile) for profile in profiles]
    pairs = [resemblance(sets[one], sets[other]) for one in range(len(sets)) for other in range(one)]
    most, contained = max(pair[0] for pair in pairs), max(pair[1] for pair in pairs)
    print(f"near-duplicate {name}: different ones resemble each other by {most:.2f}, contained {contained:.2f} at most")
    kinds = "unchanged", "a third left out", "first half only", "clauses shuffled", "words and numbers changed"
    for kind in (*kinds, "one character in 20 wrong", "boilerplate around"):
        changed = [edited(profile, kind, rng) for profile in profiles]
        like = sorted(resemblance(shingles(old), shingles(new))[0] for old, new in zip(profiles, changed, strict=True))
        found = near_duplicates([*profiles, *changed])
        right = sum(pair.other == pair.one + "'" for pair in found)
        print(
            f"  {kind:28} resemblance {like[0]:.2f} to {like[-1]:.2f}, found {right} of {len(profiles)}, "
            f"wrong {len(found) - right}"
        )


def mistyped(text: str, rng: random.Random) -> str:
    """Returns a text with two neighbours swapped or one character left out."""
    place = rng.randrange(max(1, len(text) - 1))
    if rng.random() < 0.5:
        return text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]
    return text[:place] + text[place + 1 :]


def searched(matcher: Matcher, mistakes: int, rng: random.Random) -> None:
    """Searches titles, beginnings of titles and mistyped titles; the hit is the profile with that title. Prints MRR@10."""
    search = Search(matcher.offers, matcher)
    titles = [(offer.id, normalise(offer.title)) for offer in matcher.offers if len(offer.title) > 5]
    chosen = [rng.choice(titles) for _ in range(mistakes)]
    kinds: dict[str, Callable[[str], str]] = {
        "titles": lambda text: text,
        "first 6 characters": lambda text: text[:6],
        "one mistake": lambda text: mistyped(text, rng),
        "first 6, one mistake": lambda text: mistyped(text[:6], rng),
    }
    for kind, change in kinds.items():
        total = 0.0
        for name, text in chosen:
            hits = [hit.id for hit in search.find(change(text), 10).hits]
            total += 1.0 / (hits.index(name) + 1) if name in hits else 0.0
        print(f"search, {kind:28} MRR@10 {total / len(chosen):.3f}")


def large(matcher: Matcher, needs: Sequence[Profile], queries: int, rng: random.Random) -> None:
    """Times everything on a large corpus, whose sentences stand in several profiles each."""
    start = time.process_time()
    search = Search(matcher.offers, matcher)
    print(f"index for the search: {time.process_time() - start:.1f} s")
    texts = [mistyped(normalise(rng.choice(matcher.offers).title)[:8], rng) for _ in range(queries)]
    timed("search", [partial(search.find, text) for text in texts])
    timed("put", [partial(search.put, offer) for offer in matcher.offers[:50]])
    best = [(need, matcher.rank(need, 1)) for need in needs[:50]]
    timed("rank 10", [partial(matcher.rank, need, 10) for need, _ in best])
    timed("explain a match", [partial(explain_matches, matcher, need, one) for need, one in best])
    timed("why not", [partial(matcher.why_not, need, matcher.offers[0].id) for need, _ in best[:20]])
    timed("help for a need", [partial(help_for, matcher, need) for need, _ in best[:10]])
    timed("needs for an achievement", [partial(needs_for, matcher, needs, at.id) for at in matcher.offers[:3]])
    pool = Neighbours(needs, matcher)
    timed("similar needs", [partial(pool.similar, need) for need, _ in best])
    timed(f"groups of {len(needs)}", [pool.groups])
    timed(f"near-duplicates among {len(matcher.offers)}", [partial(near_duplicates, matcher.offers)])


if __name__ == "__main__":
    main()
