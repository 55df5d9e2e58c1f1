"""Measures how time and memory of the index grow with the catalogue, beside what the memory's bandwidth allows.

usage: python -m benchmarks.matching_scaling CORPUS [--sizes 1000 10000 100000] [--needs 200] [--top 100] [--work FOLDER]

CORPUS holds needs.jsonl and achievements.jsonl; words, characters and character pairs are indexed. Prints a table in
Markdown. Each size is built in one fresh process and searched in another, so that memory is each one's own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.matching_bags import Reader
from matching import kernels, snapshot

HEAD = (
    "| achievements | build, processor | build, peak memory | on disk | opening | resident after {needs} needs "
    "| weighing p50 | search p50 / p95 | read per need | bound | adding p95 | merging |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Runs every size and prints the table."""
    parser = argparse.ArgumentParser(description="Measures how the index grows.")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--needs", type=int, default=200)
    parser.add_argument("--top", type=int, default=100)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--step", choices=("build", "search"), help=argparse.SUPPRESS)
    parser.add_argument("--merging-up-to", type=int, default=100_000)
    options = parser.parse_args()
    if options.step == "build":
        print(json.dumps(build(options.corpus, options.sizes[0], options.work)))
    elif options.step == "search":
        merging = options.sizes[0] <= options.merging_up_to
        print(json.dumps(search(options.corpus, options.needs, options.top, options.work, merging=merging)))
    else:
        bandwidth = measured_bandwidth()
        print(f"{bandwidth / 1e9:.1f} GB/s read by one core; top {options.top}; times are processor times\n")
        print(HEAD.format(needs=options.needs))
        for size in options.sizes:
            with tempfile.TemporaryDirectory(dir=options.work) as work:
                made, found = step("build", size, options, work), step("search", size, options, work)
            print(row(size, made, found, bandwidth), flush=True)


def step(name: str, size: int, options: argparse.Namespace, work: str) -> dict[str, Any]:
    """Runs one step in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.matching_scaling", str(options.corpus), "--step", name, "--work", work]
    command += ["--sizes", str(size), "--needs", str(options.needs), "--top", str(options.top)]
    command += ["--merging-up-to", str(options.merging_up_to)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603  # our own code
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def row(size: int, made: dict[str, Any], found: dict[str, Any], bandwidth: float) -> str:
    """Returns a line of the table."""
    merging = f"{found['merging']:.1f} s" if found["merging"] else "-"
    cells = (
        f"{size:,}",
        f"{made['processor']:.1f} s",
        f"{made['peak'] / 1e6:,.0f} MB",
        f"{found['disk'] / 1e6:,.0f} MB",
        f"{found['opening'] * 1e3:.0f} ms",
        f"{found['resident'] / 1e6:,.0f} MB",
        f"{found['weighing'] * 1e3:.2f} ms",
        f"{found['p50'] * 1e3:.2f} / {found['p95'] * 1e3:.2f} ms",
        f"{found['read'] / 1e6:.2f} MB",
        f"{found['read'] / bandwidth * 1e3:.2f} ms",
        f"{found['adding'] * 1e3:.2f} ms",
        merging,
    )
    return "| " + " | ".join(cells) + " |"


def build(corpus: Path, size: int, work: Path) -> dict[str, Any]:
    """Builds a snapshot; reading the texts is part of it."""
    started = time.process_time()
    snapshot.build(work, Reader().read(corpus / "achievements.jsonl", size))
    return {
        "processor": time.process_time() - started,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def search(corpus: Path, amount: int, top: int, work: Path, *, merging: bool) -> dict[str, Any]:
    """Opens the snapshot, answers needs one at a time, adds some, and merges."""
    needs = [bags for _, bags in Reader().read(corpus / "needs.jsonl", amount)]
    before = resident()
    opening = time.perf_counter()
    shelf = snapshot.Shelf(work)
    index = shelf.index()
    opening = time.perf_counter() - opening
    disk = sum(path.stat().st_size for path in (work / shelf.current).iterdir())
    queries = [index.weigh(need) for need in needs]
    index.top_many(queries, top)
    held = resident() - before
    weighing = [spent(lambda asked=need: index.weigh(asked)) for need in needs]
    spans = [spent(lambda asked=query: index.top(asked, top)) for query in queries]
    postings = index.segment.postings
    sizes = np.diff(postings.starts)
    # 5 bytes for a posting of a rare term; a sum of 4 bytes for each document is cleared, and read for the best
    read = np.mean([float(sizes[query.numbers].sum()) * 5 for query in queries]) + 8.0 * len(index)
    adding = [spent(lambda at=at, bags=bags: index.add(f"new-{at}", bags)) for at, bags in enumerate(needs)]
    return {
        "opening": opening,
        "disk": disk,
        "resident": held,
        "weighing": float(np.percentile(weighing, 50)),
        "p50": float(np.percentile(spans, 50)),
        "p95": float(np.percentile(spans, 95)),
        "read": float(read),
        "adding": float(np.percentile(adding, 95)),
        "merging": spent(index.merge) if merging else None,
        "numba": kernels.available(),
    }


def spent(work: Any) -> float:
    """Returns the seconds of processor time that some work takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def resident() -> float:
    """Returns this process's resident bytes (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024.0 for line in lines if line.startswith("VmRSS"))


def measured_bandwidth() -> float:
    """Returns the bytes per second of processor time that one core reads from memory."""
    data = np.ones(1 << 26, dtype=np.float64)
    return data.nbytes / min(spent(data.sum) for _ in range(5))


if __name__ == "__main__":
    main()
