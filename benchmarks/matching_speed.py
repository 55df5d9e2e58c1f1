"""Measures exact top-k retrieval beside scikit-learn's blocked product, sparse_dot_topn and bm25s on one token matrix.

usage: python -m benchmarks.matching_speed CORPUS [--needs 300] [--achievements 20000] [--top 10] [--threads 2]
           [--views words] [--sample 300] [--work FOLDER]

CORPUS holds needs.jsonl and achievements.jsonl. ``--views both`` adds characters and character pairs to the words.
sparse_dot_topn answers all needs, scikit-learn and bm25s the first ``--sample`` of them. Each line gives processor and wall
time, so that a busy machine shows; a ratio is of the wall times. The lists of all sides are compared.
The other packages are the extra ``benchmarks``; a side that is not installed is left out, and the line says so.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array, csr_matrix
from sklearn.utils.extmath import safe_sparse_dot

from benchmarks.matching_bags import Reader
from matching import snapshot
from matching.index import Best, Index
from matching.kernels import unpacked
from matching.query import Query
from matching.segment import Scheme

BLOCK = 64
TOLERANCE = 2e-6
"""Scores that the others keep as float32 may differ by this much; closer ones are a tie to them."""

RESIDENT = """
import json, sys
from pathlib import Path
from matching import snapshot
def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS"))
index = snapshot.load(Path(sys.argv[1]))
opened = resident()
for line in open(sys.argv[2], encoding="utf-8"):
    index.top(index.weigh(json.loads(line)), int(sys.argv[3]))
print(f"resident memory: opened {opened:.0f} MB, after 100 needs (top {sys.argv[3]}) {resident():.0f} MB, Python and numba included")
"""


@dataclass(frozen=True)
class Taken:
    """Processor and wall time in seconds."""

    processor: float
    wall: float


def timed(work: Callable[..., Any], *arguments: object, **named: object) -> tuple[Any, Taken]:
    """Returns what the work gives and what it took."""
    processor, wall = time.process_time(), time.perf_counter()
    result = work(*arguments, **named)
    return result, Taken(time.process_time() - processor, time.perf_counter() - wall)


def main() -> None:
    """Runs the measurements and prints them."""
    parser = argparse.ArgumentParser(description="Measures retrieval beside other packages.")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--needs", type=int, default=300)
    parser.add_argument("--achievements", type=int, default=20_000)
    parser.add_argument("--top", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--views", choices=("words", "both"), default="words")
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--work", type=Path)
    options = parser.parse_args()
    print("python -m benchmarks.matching_speed CORPUS", *sys.argv[2:])
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}")
    with tempfile.TemporaryDirectory(dir=options.work) as work:
        run(options, Path(work))


def run(options: argparse.Namespace, work: Path) -> None:
    """Builds the index and measures one side after the other."""
    scheme = Scheme() if options.views == "both" else Scheme(shares=(("words", 1.0),))
    reader = Reader(characters=options.views == "both")
    achievements = reader.read(options.corpus / "achievements.jsonl", options.achievements)
    folder, taken = timed(lambda: snapshot.build(work, achievements, scheme))
    needs = [bags for _, bags in reader.read(options.corpus / "needs.jsonl", options.needs)]
    index, opening = timed(lambda: snapshot.load(folder, engine="numba"))
    _, warming = timed(index.warm)
    queries, weighing = timed(lambda: [index.weigh(need) for need in needs])
    entries = len(index.segment.postings.forward)
    print(
        f"{len(needs)} needs x {len(index)} achievements, {len(index.segment.terms)} terms, {entries} entries\n"
        f"reading and building {taken.processor:.1f} s of processor time; opening {opening.wall * 1000:.0f} ms; "
        f"importing numba {warming.wall:.1f} s; weighing one need {weighing.processor / len(needs) * 1000:.2f} ms"
    )
    index.top_many(queries[:BLOCK], options.top)
    batch(index, queries, options)
    single(index, needs, options.top)
    resident(folder, needs, work)
    changes(index, needs)


def batch(index: Index, queries: Sequence[Query], options: argparse.Namespace) -> None:
    """Prints what all needs at once cost each side."""
    rows, scale = matrix(index), f"top {options.top}, per need"
    weights = np.concatenate([query.weights for query in queries]).astype(np.float32)
    columns = np.concatenate([query.numbers for query in queries]).astype(np.int32)
    starts = np.cumsum([0, *(len(query.numbers) for query in queries)])
    wanted = csr_matrix((weights, columns, starts), shape=(len(queries), rows.shape[1]))
    print(f"\nbatch, {scale}: processor / wall time, ours, wall time of the other divided by ours")
    ours: dict[int, Taken] = {}
    answers: list[Best] = []
    for threads in sorted({1, options.threads}):
        answers, ours[threads] = timed(index.top_many, queries, options.top, threads)
        show(f"ours, threads {threads}", ours[threads], len(queries))
    turned = rows.T.tocsr()
    if top := package("sparse_dot_topn"):
        for threads, own in ours.items():
            found, taken = timed(top.sp_matmul_topn, wanted, turned, top_n=options.top, sort=True, n_threads=threads)
            show(f"sparse_dot_topn, threads {threads}", taken, len(queries), own, len(queries))
        compare(index, answers, [line(found, at) for at in range(len(queries))])
    size = min(options.sample, len(queries))
    found, taken = timed(lambda: blocked(wanted[:size], turned, options.top))
    show(f"scikit-learn, blocks of {BLOCK}", taken, size, ours[1], len(queries))
    compare(index, answers[:size], found)
    if package("bm25s"):
        rival(index, queries[:size], turned, options)


def rival(index: Index, queries: Sequence[Query], turned: csr_matrix, options: argparse.Namespace) -> None:
    """Measures bm25s. It knows no weights of a query's terms, so both sides take each term once, weighed by its rarity."""
    # its class builds a matrix of its own; the function below it takes ours
    functional = getattr(importlib.import_module("bm25s.numba.retrieve_utils"), "_retrieve_numba_functional")  # noqa: B009
    frequencies = index.segment.frequencies.astype(np.float64)
    rarity = index.scheme.rarity(frequencies, len(index))
    data = (turned.data * np.repeat(rarity, np.diff(turned.indptr))).astype(np.float32)
    scores = {"data": data, "indices": turned.indices, "indptr": turned.indptr.astype(np.int32), "num_docs": len(index)}
    once = [
        Query(query.terms, query.numbers, query.views, rarity[query.numbers] / rarity[query.numbers].sum(), query.base)
        for query in queries
    ]
    answers, own = timed(lambda: index.top_many(once, options.top))
    ids = [query.numbers for query in queries]

    def retrieve(part: Sequence[Any]) -> Any:
        return functional(part, scores, k=min(options.top, len(index)), n_threads=1)

    retrieve(ids[:2])
    (found, values), taken = timed(lambda: retrieve(ids))
    show("ours, each term once", own, len(once))
    show("bm25s (numba)", taken, len(once), own, len(once))
    totals = [rarity[part].sum() for part in ids]
    compare(index, answers, [(rows, part / total) for rows, part, total in zip(found, values, totals, strict=True)])


def matrix(index: Index) -> csr_matrix:
    """Returns the values of all achievements as float32, the matrix that every side gets."""
    segment = index.segment
    postings = segment.postings
    owners = np.repeat(np.arange(len(segment)), np.diff(postings.forward_starts))
    terms, counts = unpacked(postings, slice(None))
    penalties = postings.penalties[owners, segment.terms.view_of(terms.astype(np.int64))]
    values = np.minimum(1.0, counts * (1.0 + index.scheme.saturation) / (counts + penalties))
    shape = (len(segment), len(segment.terms))
    return csr_matrix((values.astype(np.float32), terms, postings.forward_starts), shape=shape)


def blocked(wanted: csr_matrix, turned: csr_matrix, k: int) -> list[tuple[Any, Any]]:
    """scikit-learn's product of a block of needs with all achievements, then the best of each row."""
    found: list[tuple[Any, Any]] = []
    for start in range(0, wanted.shape[0], BLOCK):
        scores = safe_sparse_dot(wanted[start : start + BLOCK], turned, dense_output=True)
        best = np.argpartition(-scores, k - 1, axis=1)[:, :k] if k < scores.shape[1] else np.argsort(-scores, axis=1)
        for row, line_of in zip(scores, best, strict=True):
            order = line_of[np.lexsort((line_of, -row[line_of]))]
            found.append((order, row[order]))
    return found


def line(found: csr_array, at: int) -> tuple[Any, Any]:
    """Returns the columns and values of a row."""
    part = slice(found.indptr[at], found.indptr[at + 1])
    return found.indices[part], found.data[part]


def compare(index: Index, ours: Sequence[Best], theirs: Sequence[tuple[Any, Any]]) -> None:
    """Prints how many lists are the same, and how many differ only among scores that float32 cannot tell apart."""
    same = tied = 0
    for (ids, scores), (rows, all_values) in zip(ours, theirs, strict=True):
        other = [index.segment.id(int(row)) for row in rows[all_values > 0]]
        values = all_values[all_values > 0]
        if ids == other:
            same += 1
        elif len(ids) == len(other) and np.abs(scores - values).max() <= TOLERANCE:
            # the scores agree place by place: each document that stands elsewhere, or not at all, has a tie there
            tied += 1
    rest = len(ours) - same - tied
    print(f"    lists: {same} the same, {tied} the same but for ties within {TOLERANCE:g}, {rest} different")


def show(name: str, taken: Taken, needs: int, own: Taken | None = None, own_needs: int = 1) -> None:
    """Prints a side's figures, beside ours if given."""
    each = f"{taken.processor / needs * 1000:8.3f} / {taken.wall / needs * 1000:8.3f} ms"
    beside = ""
    if own is not None:
        times = taken.wall / needs / (own.wall / own_needs)
        beside = f"   ours {own.wall / own_needs * 1000:.3f} ms, {times:.1f} x (processor {taken.processor / needs / (own.processor / own_needs):.1f} x)"
    print(f"  {name:28} {each}{beside}")


def package(name: str) -> Any:
    """Returns an installed package, or None, and says so."""
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"  {name}: not installed (extra benchmarks)")
        return None


def single(index: Index, needs: Sequence[Any], top: int) -> None:
    """Prints what one need costs, warm: weighing and search."""
    print("\none need at a time, warm: p50 / p95 of weighing and search")
    for k in sorted({top, 100}):
        for need in needs[:50]:
            index.top(index.weigh(need), k)
        spent: list[Taken] = []
        for need in needs[:1000]:
            _, taken = timed(answer, index, need, k)
            spent.append(taken)
        wall = np.percentile([taken.wall * 1000 for taken in spent], [50, 95])
        processor = np.percentile([taken.processor * 1000 for taken in spent], [50, 95])
        print(
            f"  top {k:3}: wall {wall[0]:.2f} / {wall[1]:.2f} ms, processor {processor[0]:.2f} / {processor[1]:.2f} ms"
        )


def resident(folder: Path, needs: Sequence[Any], work: Path) -> None:
    """Prints the resident memory of a fresh process that opens the index and answers 100 needs."""
    asked = work / "asked.jsonl"
    asked.write_text("".join(json.dumps(need) + "\n" for need in needs[:100]), encoding="utf-8")
    subprocess.run([sys.executable, "-c", RESIDENT, str(folder), str(asked), "100"], check=True)  # noqa: S603  # our own code


def answer(index: Index, need: Any, k: int) -> Best:
    """Returns the best documents for one need."""
    return index.top(index.weigh(need), k)


def changes(index: Index, needs: Sequence[Any]) -> None:
    """Prints what it costs to add and remove a document, to search beside added ones, and to merge."""
    added = [timed(index.add, f"new-{at}", bags)[1] for at, bags in enumerate(needs[:200])]
    query = index.weigh(needs[0])
    index.top(query, 10)
    _, beside = timed(lambda: index.top(query, 10))
    removed = [timed(index.remove, f"new-{at}")[1] for at in range(0, len(added), 2)]
    parts = [
        f"{name} p50 {np.percentile(values, 50):.2f}, p95 {np.percentile(values, 95):.2f} ms"
        for name, values in (
            ("adding", [taken.processor * 1000 for taken in added]),
            ("removing", [taken.processor * 1000 for taken in removed]),
        )
    ]
    print(
        f"\nchanges (processor): {', '.join(parts)}; a search beside {len(added)} added {beside.processor * 1000:.2f} ms"
    )
    _, merging = timed(index.merge)
    print(f"merging {merging.processor:.1f} s")


if __name__ == "__main__":
    main()
