"""Measures how time and memory of the matcher grow with the catalogue, beside what the memory's bandwidth allows.

usage: python -m benchmarks.matching_scaling CORPUS [--sizes 1000 10000 100000] [--needs 200] [--processes 2] [--work FOLDER]

CORPUS holds needs.jsonl and achievements.jsonl. Each size is built in one fresh process and asked in another, so that memory
is each one's own. Prints two tables in Markdown, the index and the whole matcher, and the load of the machine beside them.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from matching import explain_matches, kernels, snapshot
from matching.files import stream_profiles
from matching.matcher import Matcher
from matching.model import Profile
from matching.text import Segmenter

T = TypeVar("T")

SHOWN = 10
WARMING = 50
INDEX_HEAD = (
    "| achievements | terms | on disk | opening | weighing p50 | search p50 / p95 | touched per need | bound | searched / bound |\n"
    "|---|---|---|---|---|---|---|---|---|"
)
MATCHER_HEAD = (
    "| achievements | build, processor (wall) | peak memory (without file pages) | on disk | opening | resident | "
    "need to ten explained p50 / p95 | put p50 / p95 | remove p50 / p95 | merge | load |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Runs every size and prints the tables."""
    parser = argparse.ArgumentParser(description="Measures how the matcher grows.")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--needs", type=int, default=200)
    parser.add_argument("--changes", type=int, default=50)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--merging-up-to", type=int, default=1_000_000)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--step", choices=("build", "ask"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step == "build":
        print(json.dumps(build(options.corpus, options.sizes[0], options.work, options.processes)))
        return
    if options.step == "ask":
        merging = options.sizes[0] <= options.merging_up_to
        print(json.dumps(ask(options.corpus, options.needs, options.changes, options.work, merging=merging)))
        return
    bandwidth = measured_bandwidth()
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores, load {load()}")
    print(f"{bandwidth / 1e9:.1f} GB/s read by one core; times are processor times where nothing else is said\n")
    lines: list[str] = []
    for size in options.sizes:
        with tempfile.TemporaryDirectory(dir=options.work) as work:
            made, found = step("build", size, options, work), step("ask", size, options, work)
        lines.append(index_line(size, found, bandwidth))
        if len(lines) == 1:
            print(MATCHER_HEAD)
        print(matcher_line(size, made, found), flush=True)
    print("\n" + "\n".join([INDEX_HEAD, *lines]))


def step(name: str, size: int, options: argparse.Namespace, work: str) -> dict[str, Any]:
    """Runs one step in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.matching_scaling", str(options.corpus), "--step", name, "--work", work]
    command += ["--sizes", str(size), "--needs", str(options.needs), "--changes", str(options.changes)]
    command += ["--processes", str(options.processes), "--merging-up-to", str(options.merging_up_to)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603  # our own code
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def matcher_line(size: int, made: dict[str, Any], found: dict[str, Any]) -> str:
    """Returns a line of the matcher's table."""
    return _line(
        f"{size:,}",
        f"{made['processor']:,.0f} s ({made['wall']:,.0f} s)",
        f"{made['peak'] / 1e6:,.0f} MB ({made['own'] / 1e6:,.0f} MB)",
        f"{found['disk'] / 1e6:,.0f} MB",
        f"{found['opening'] * 1e3:,.0f} ms",
        f"{found['resident'] / 1e6:,.0f} MB",
        _both(found["explained"], 1),
        _both(found["put"]),
        _both(found["remove"]),
        "-" if found["merge"] is None else f"{found['merge']:,.1f} s",
        f"{made['load']}; {found['load']}",
    )


def index_line(size: int, found: dict[str, Any], bandwidth: float) -> str:
    """Returns a line of the index's table."""
    bound = found["touched"] / bandwidth
    return _line(
        f"{size:,}",
        f"{found['terms']:,}",
        f"{found['index_disk'] / 1e6:,.0f} MB",
        f"{found['index_opening'] * 1e3:,.0f} ms",
        f"{found['weighing'][0] * 1e3:.2f} ms",
        _both(found["search"]),
        f"{found['touched'] / 1e6:,.2f} MB",
        f"{bound * 1e3:.2f} ms",
        f"{found['search'][0] / bound:.1f}",
    )


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _both(seconds: Sequence[float], digits: int = 2) -> str:
    return f"{seconds[0] * 1e3:.{digits}f} / {seconds[1] * 1e3:.{digits}f} ms"


def build(corpus: Path, size: int, work: Path, processes: int) -> dict[str, Any]:
    """Builds a matcher straight to disk; reading the file is part of it."""
    watch = Watch()
    started, wall = _used(), time.perf_counter()
    offers = itertools.islice(stream_profiles(corpus / "achievements.jsonl"), size)
    Matcher([], Segmenter()).build(work, offers, processes)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
    own = watch.stop()
    return {
        "processor": _used() - started,
        "wall": time.perf_counter() - wall,
        "peak": peak,
        "own": own,
        "load": load(),
    }


def ask(corpus: Path, amount: int, changes: int, work: Path, *, merging: bool) -> dict[str, Any]:
    """Opens the matcher, asks it one need at a time, changes it, and merges."""
    every = list(itertools.islice(stream_profiles(corpus / "needs.jsonl"), WARMING + amount + changes))
    warming, needs, new = every[:WARMING], every[WARMING : WARMING + amount], every[WARMING + amount :]
    segmenter = Segmenter()
    before = memory("VmRSS")
    folder = work / (work / snapshot.POINTER).read_text(encoding="ascii").strip()
    opening, matcher = spent(Matcher.open, folder, segmenter)
    matcher.warm()
    for need in warming:
        _answer(matcher, need)
    explained = [spent(_answer, matcher, need)[0] for need in needs]
    held = memory("VmRSS") - before
    index = _index(folder, matcher, needs)
    offers = [replace(need, id=f"new-{need.id}") for need in new]
    put = [spent(matcher.put, offer)[0] for offer in offers]
    remove = [spent(matcher.remove, offer.id)[0] for offer in offers[: len(offers) // 2]]
    return {
        **index,
        "disk": sum(path.stat().st_size for path in folder.iterdir()),
        "opening": opening,
        "resident": held,
        "explained": _percentiles(explained),
        "put": _percentiles(put),
        "remove": _percentiles(remove),
        "merge": spent(matcher.merge)[0] if merging else None,
        "load": load(),
        "numba": kernels.available(),
    }


def _answer(matcher: Matcher, need: Profile) -> None:
    explain_matches(matcher, need, matcher.rank(need, SHOWN))


def _index(folder: Path, matcher: Matcher, needs: Sequence[Profile]) -> dict[str, Any]:
    """Searches the index alone, for as many candidates as the matcher takes from it."""
    opening, index = spent(snapshot.load, folder)
    index.warm()
    wanted = matcher.reach
    bags = [matcher.read(need).views for need in needs]
    weighing = [spent(index.weigh, bag)[0] for bag in bags]
    queries = [index.weigh(bag) for bag in bags]
    search = [spent(index.rows, query, wanted)[0] for query in queries]
    postings = index.segment.postings
    sizes = np.diff(postings.starts)
    entries = len(postings.forward) / max(1, len(index))
    # a posting has 5 bytes, a frequent term a byte for each document, a sum 4 that are cleared and read, an entry 4
    touched = [
        5.0 * float(sizes[query.numbers].sum())
        + len(index) * (8.0 + np.count_nonzero(postings.dense_of[query.numbers] >= 0))
        + min(wanted, len(index)) * entries * postings.forward.itemsize
        for query in queries
    ]
    names = {path.name for path in folder.iterdir()}
    parts = [folder / f"{name}.npy" for name in index.segment.arrays if f"{name}.npy" in names]
    return {
        "terms": len(index.segment.terms),
        "index_disk": sum(path.stat().st_size for path in parts),
        "index_opening": opening,
        "weighing": _percentiles(weighing),
        "search": _percentiles(search),
        "touched": float(np.mean(touched)),
    }


def _percentiles(seconds: Sequence[float]) -> list[float]:
    return [float(value) for value in np.percentile(seconds, [50, 95])]


def spent(work: Callable[..., T], *arguments: object) -> tuple[float, T]:
    """Returns the seconds of processor time that some work takes, and what it gives."""
    started = time.process_time()
    result = work(*arguments)
    return time.process_time() - started, result


def _used() -> float:
    """Returns the processor time of this process and of those it waited for."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def load() -> str:
    """Returns how many processes wanted a core on average over the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def memory(kind: str) -> float:
    """Returns a figure of this process's memory in bytes (Linux): VmRSS, or RssAnon for what belongs to no file."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024.0 for line in lines if line.startswith(kind))


class Watch(threading.Thread):
    """Looks five times a second at the memory that belongs to no file, and keeps the largest figure."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._stopped = threading.Event()
        self._most = 0.0
        self.start()

    def run(self) -> None:
        """Looks until it is stopped."""
        while not self._stopped.wait(0.2):
            self._most = max(self._most, memory("RssAnon"))

    def stop(self) -> float:
        """Returns the largest figure in bytes."""
        self._stopped.set()
        self.join()
        return max(self._most, memory("RssAnon"))


def measured_bandwidth() -> float:
    """Returns the bytes per second of processor time that one core reads from memory."""
    data = np.ones(1 << 26, dtype=np.float64)
    return data.nbytes / min(spent(data.sum)[0] for _ in range(5))


if __name__ == "__main__":
    main()
