"""What a matcher holds on disk: a snapshot of its index with the second stage and the profiles beside it, mapped when opened.

Processes that open the same snapshot share its pages. Only small tables (thesaurus terms, words of the latent space, facts)
are made anew by each.
"""

from __future__ import annotations

import multiprocessing
import shutil
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from matching import concepts, latent, measures, snapshot
from matching.archive import Archive, Writer
from matching.candidates import Candidates, Fact, Gathering
from matching.concepts import Concepts
from matching.features import Bags, Reader
from matching.holdings import MODULUS, Holdings, WordCounts
from matching.index import Index
from matching.latent import Latent
from matching.lexicon import Lexicon
from matching.measures import Measures
from matching.model import Profile
from matching.repeats import Repeats
from matching.retrieval import Engine
from matching.rows import Lines, Ragged, Texts
from matching.segment import Scheme
from matching.signals import SIGNALS
from matching.terms import encode

_CHUNK = 64
_AHEAD = 3
"""Chunks for each process that may be under way: what is read is large, and must not pile up."""

_COLUMNS = {"concept": 2, "measure": 5, "said": 2}


@dataclass(frozen=True, slots=True)
class Origin:
    """By what a snapshot was made: the recipe of the matcher, and the name of these offers under it."""

    recipe: str
    name: str


def save(holdings: Holdings, root: Path, origin: Origin) -> Path:
    """Writes merged holdings below ``root`` and makes them the current ones; returns their folder."""
    profiles = holdings.profiles
    archive = profiles if isinstance(profiles, Archive) else Archive.of(profiles)
    arrays = {**holdings.index.segment.arrays, **_arrays(holdings.candidates), **archive.arrays}
    return _publish(root, snapshot.begin(root), holdings.index, holdings.candidates, arrays, holdings.sum, origin)


def _publish(
    root: Path, folder: Path, index: Index, second: Candidates, arrays: Mapping[str, Any], total: int, origin: Origin
) -> Path:
    about = {
        **snapshot.described(index),
        "matcher": {
            "recipe": origin.recipe,
            "sum": f"{total:064x}",
            "dimensions": list(second.measures.table.dimensions),
            "facts": [[_told(example) for example in fact.examples] for fact in second.facts],
        },
    }
    return snapshot.publish(root, folder, origin.name[:32], arrays, about)


def load(
    folder: Path, recipe: str, lexicon: Lexicon, *, engine: Engine = "auto", cache_dir: Path | None = None
) -> Holdings:
    """Maps a snapshot. Raises Damaged for one that is incomplete, or was made with another recipe."""
    index = snapshot.load(folder, engine=engine, cache_dir=cache_dir)
    manifest, arrays = snapshot.mapped(folder)
    about = manifest.get("matcher", {})
    if about.get("recipe") != recipe:
        raise snapshot.Damaged(f"{folder} was made by another program, with other settings or other words")
    try:
        second = _candidates(arrays, about, lexicon, index.scheme.saturation)
        archive = Archive(arrays)
        total = int(about["sum"], 16)
    except (KeyError, ValueError, IndexError) as error:
        raise snapshot.Damaged(f"{folder} cannot be used: {error}") from error
    if not len(archive) == len(index) == second.concepts.table.rows.fixed == second.measures.table.rows.fixed:
        raise snapshot.Damaged(f"{folder} holds parts of different sizes")
    return Holdings(index, second, archive, {}, total, total)


def _arrays(second: Candidates) -> dict[str, Any]:
    names, figures, space = Texts.of(second.concepts.table.names), second.measures.table, second.latent.space
    arrays: dict[str, Any] = {
        "concept_names": names.blob,
        "concept_name_offsets": names.offsets,
        "measure_texts": figures.texts.blob,
        "measure_text_offsets": figures.texts.offsets,
        "latent_words": space.words.blob,
        "latent_word_offsets": space.words.offsets,
        "latent_rarity": space.rarity,
        "latent_axes": space.axes,
        "latent_offers": space.offers,
    }
    for name, rows in (
        ("concept", second.concepts.table.rows),
        ("measure", figures.rows),
        ("said", second.repeats.table),
    ):
        arrays[f"{name}_starts"] = rows.starts
        arrays |= {f"{name}_{number}": column for number, column in enumerate(rows.columns)}
    return arrays | {f"fact_{number}": fact.of_offer.fixed for number, fact in enumerate(second.facts)}


def _candidates(arrays: Mapping[str, Any], about: Mapping[str, Any], lexicon: Lexicon, saturation: float) -> Candidates:
    def rows(name: str) -> Ragged:
        return Ragged(arrays[f"{name}_starts"], [arrays[f"{name}_{at}"] for at in range(_COLUMNS[name])])

    def texts(name: str) -> Texts:
        return Texts(arrays[f"{name}s"], arrays[f"{name}_offsets"])

    space = latent.Space(texts("latent_word"), arrays["latent_rarity"], arrays["latent_axes"], arrays["latent_offers"])
    figures = measures.Table(about["dimensions"], texts("measure_text"), rows("measure"))
    facts = [
        Fact(signal, tuple(map(_example, examples)), Lines(arrays[f"fact_{number}"]))
        for number, (signal, examples) in enumerate(zip(SIGNALS, about["facts"], strict=True))
    ]
    return Candidates(
        Concepts(lexicon, concepts.Table(texts("concept_name").all(), rows("concept")), saturation),
        Measures(figures),
        Latent(space, saturation),
        Repeats(rows("said")),
        tuple(facts),
    )


def _told(example: Profile) -> list[Any]:
    return [example.industry, example.county, example.maturity, list(example.modes)]


def _example(told: list[Any]) -> Profile:
    industry, county, maturity, modes = told
    return Profile("", industry=industry, county=county, maturity=maturity, modes=tuple(modes))


# ------------------------------------------------------------------------------------------------- building


def build(
    root: Path,
    offers: Iterable[Profile],
    reader: Reader,
    scheme: Scheme,
    lexicon: Lexicon,
    name: Callable[[int], Origin],
    processes: int = 1,
) -> Path:
    """Fits a matcher on any number of offers straight to disk, in memory for what the second stage needs of them.

    ``name`` makes the origin from the sum of the checksums. With several ``processes`` texts are read in others (where
    processes can be forked). Raises ValueError when two offers have the same id.
    """
    folder = snapshot.begin(root)
    gathering, ids = Gathering(), list[bytes]()
    try:
        with Writer(folder) as writer:

            def documents() -> Iterator[tuple[str, Mapping[str, Mapping[str, float]]]]:
                for offer, bags in read(offers, reader, processes):
                    gathering.append(offer, bags)
                    writer.append(offer)
                    ids.append(encode(offer.id))
                    yield offer.id, bags.views

            index = Index.build(documents(), scheme, folder=folder)
            order = np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)
            profiles = writer.finish(order)
        second = gathering.candidates(order, WordCounts(index.segment), lexicon, scheme.saturation)
        total = writer.sum % MODULUS
        arrays = {**index.segment.arrays, **_arrays(second), **profiles}
        return _publish(root, folder, index, second, arrays, total, name(total))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def read(offers: Iterable[Profile], reader: Reader, processes: int = 1) -> Generator[tuple[Profile, Bags], None, None]:
    """Yields offers with their bags, in order; with several ``processes`` a few hundred offers are read ahead in others."""
    if processes < 2 or "fork" not in multiprocessing.get_all_start_methods():
        yield from ((offer, reader.offer(offer)) for offer in offers)
        return
    stream = iter(offers)
    # forked, so that dictionary and thesaurus are there already; what is read goes back as plain tuples
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(processes, fork, _Apart.begin, (reader,)) as pool:
        waiting: deque[tuple[list[Profile], Future[list[tuple[Any, ...]]]]] = deque()
        while (chunk := list(islice(stream, _CHUNK))) or waiting:
            if chunk:
                waiting.append((chunk, pool.submit(_Apart.read, chunk)))
            if len(waiting) > _AHEAD * processes or not chunk:
                offers_read, answer = waiting.popleft()
                yield from ((offer, Bags(*bags)) for offer, bags in zip(offers_read, answer.result(), strict=True))


class _Apart:
    """A reader in a process of its own."""

    reader: Reader

    @classmethod
    def begin(cls, reader: Reader) -> None:
        cls.reader = reader

    @classmethod
    def read(cls, offers: list[Profile]) -> list[tuple[Any, ...]]:
        return [_plain(cls.reader.offer(offer)) for offer in offers]


def _plain(bags: Bags) -> tuple[Any, ...]:
    return bags.words, bags.characters, bags.terms, bags.figures, bags.expanded
