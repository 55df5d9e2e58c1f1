"""Threads and clusters must give the same bits, by needs and by documents."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from matching import snapshot
from matching.engines import Cluster, Engine, Threads, split
from matching.index import Index
from matching.segment import Bags


def texts(amount: int, seed: int) -> list[tuple[str, Bags]]:
    """Texts of frequent and rare terms; some are the same."""
    chance = random.Random(seed)
    made: list[tuple[str, Bags]] = []
    for number in range(amount):
        words = {f"w{int(chance.paretovariate(0.7)) % 300}": chance.choice((1.0, 2.0, 0.7)) for _ in range(12)}
        bags = {"words": words, "characters": {term[:2]: 1.0 for term in words}}
        made.append((f"{number % 7}-{number}", made[-1][1] if made and number % 5 == 0 else bags))
    return made


def bits(engine: Engine, needs: list[Bags]) -> list[tuple[list[str], bytes]]:
    """The answers to compare."""
    return [(ids, scores.tobytes()) for ids, scores in engine.rank_all(needs, 10)]


# distributed leaves sockets and loops to the garbage collector when it closes
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_cluster_of_two_processes_gives_the_bits_of_threads(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")
    index = Index.build(texts(400, 1))
    needs = [bags for _, bags in texts(600, 2)] + [{}, {"words": {"unheard-of": 1.0}}]
    expected = bits(Threads(index, 1), needs)
    assert bits(Threads(index, 2), needs) == expected
    whole, parts = snapshot.save(index, tmp_path / "whole"), split(index, tmp_path / "parts", 3)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, local_directory=str(tmp_path)
        ) as local,
        distributed.Client(local) as client,
    ):
        assert bits(Cluster(client, [whole]), needs) == expected
        assert bits(Cluster(client, parts), needs) == expected


def test_a_cluster_without_a_snapshot_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Cluster(None, [])
