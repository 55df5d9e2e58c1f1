"""An optional further aspect of a pair: how close two texts are to a language model that lies in a local folder. Off by default.

Needs the extra ``dense`` (sentence-transformers) and a model that an operator put on the machine; nothing is downloaded.
The aspect re-orders the best offers only, is bounded by its weight, and shows as one more reason: scores still add up.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from matching.matcher import Matcher
from matching.model import Match, Profile, Reason
from matching.text import clean

if TYPE_CHECKING:
    from matching.lexicon import Lexicon
    from matching.model import Settings
    from matching.reranker import Model
    from matching.text import Segmenter

LABEL = "语义相近（模型）"

LONGEST_INPUT = 800
"""Characters of a text that the model is given; usual models read 512 tokens of a pair."""

_DIGITS = 6
"""Digits of a likeness that are kept, so that the order of sums inside the model does not show."""

_KEPT = 20_000


class DenseUnavailable(RuntimeError):
    """The model cannot be used: the extra is not installed, or the folder holds no model of that kind."""


@dataclass(frozen=True, slots=True)
class DenseSettings:
    """``folder`` holds the model. "cross" reads both texts at once (slow, exact), "bi" each alone (fast, offers are kept).

    ``weight`` is the largest part of a score that the aspect can be, ``depth`` how many of the best offers it looks at.
    Raises ValueError for a weight outside (0, 0.5] or a depth below 1.
    """

    folder: Path
    kind: Literal["cross", "bi"] = "cross"
    weight: float = 0.15
    depth: int = 20

    def __post_init__(self) -> None:
        """Checks weight, depth and kind."""
        if not 0.0 < self.weight <= 0.5:
            raise ValueError("the weight of the language model must lie above 0 and at most at 0.5")
        if self.depth < 1:
            raise ValueError("depth must be at least 1")
        if self.kind not in {"cross", "bi"}:
            raise ValueError("kind must be cross or bi")


class Encoder(Protocol):
    """What tells how close texts are. ``fingerprint`` is another one whenever the answers may be others."""

    @property
    def fingerprint(self) -> str:
        """Identifies the model."""

    def likeness(self, need: str, offers: Sequence[str]) -> list[float]:
        """Returns one number within [0, 1] per offer."""


class CrossEncoder:
    """A cross-encoder with one output; its logit goes through the logistic function."""

    def __init__(self, folder: Path) -> None:
        library = _library(folder)
        try:
            self._model: Any = library.CrossEncoder(str(folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise DenseUnavailable(f"the folder holds no cross-encoder: {error}") from error
        if self._model.num_labels != 1:
            raise DenseUnavailable("the cross-encoder must have exactly one output")
        self.fingerprint: str = folder_fingerprint(folder)

    def likeness(self, need: str, offers: Sequence[str]) -> list[float]:
        """Returns the model's verdict on each pair, within [0, 1]."""
        identity = import_module("torch").nn.Identity()
        pairs = [(need, offer) for offer in offers]
        logits = self._model.predict(pairs, activation_fn=identity, show_progress_bar=False)
        return [_logistic(float(logit)) for logit in logits]


class BiEncoder:
    """A bi-encoder: the cosine of the two embeddings, negative ones as 0. Embeddings of offers are kept, within bounds."""

    def __init__(self, folder: Path) -> None:
        library = _library(folder)
        try:
            self._model: Any = library.SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise DenseUnavailable(f"the folder holds no bi-encoder: {error}") from error
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self.fingerprint: str = folder_fingerprint(folder)

    def likeness(self, need: str, offers: Sequence[str]) -> list[float]:
        """Returns the cosine of each pair, within [0, 1]."""
        known = {offer: self._kept[offer] for offer in offers if offer in self._kept}
        new = [offer for offer in dict.fromkeys(offers) if offer not in known]
        vectors = self._encoded([need, *new])
        known.update(zip(new, vectors[1:], strict=True))
        for offer in offers:
            self._kept[offer] = known[offer]
            self._kept.move_to_end(offer)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return [min(1.0, max(0.0, float(vectors[0] @ known[offer]))) for offer in offers]

    def _encoded(self, texts: Sequence[str]) -> Any:
        return self._model.encode(
            list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )


def load(settings: DenseSettings) -> Encoder:
    """Returns the model of the settings. Raises DenseUnavailable."""
    return CrossEncoder(settings.folder) if settings.kind == "cross" else BiEncoder(settings.folder)


def _library(folder: Path) -> Any:
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise DenseUnavailable("the folder holds no model (neither config.json nor modules.json)")
    try:
        return import_module("sentence_transformers")
    except ImportError as error:
        raise DenseUnavailable("sentence-transformers is not installed (extra dense)") from error


def folder_fingerprint(folder: Path) -> str:
    """Returns SHA-256 over names and contents of all files in a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\n")
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, value))))


def reading(profile: Profile) -> str:
    """Returns what the model is given of a profile: title, indicators and body, cleaned."""
    parts = (clean(profile.title), clean(profile.indicators), clean(profile.body))
    return "。".join(part for part in parts if part)[:LONGEST_INPUT]


class DenseMatcher(Matcher):
    """A matcher whose best offers are re-ordered with a language model's help.

    score = (1 - weight) * score of the matcher + weight * likeness; beyond ``depth`` the likeness is 0, so no offer from
    there passes one that was looked at. Levels stay those of the matcher's own score, for which they are calibrated.
    """

    def __init__(
        self,
        offers: Sequence[Profile],
        segmenter: Segmenter,
        settings: Settings | None = None,
        model: Model | None = None,
        lexicon: Lexicon | None = None,
        *,
        dense: DenseSettings,
        encoder: Encoder | None = None,
    ) -> None:
        super().__init__(offers, segmenter, settings, model, lexicon)
        self.dense = dense
        self._encoder = encoder or load(dense)
        self._known = json.dumps(asdict(replace(dense, folder=Path())), default=str, sort_keys=True)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over what ``Matcher.fingerprint`` covers, the settings and the model."""
        mark = f"{super().fingerprint}\n{self._known}\n{self._encoder.fingerprint}"
        return hashlib.sha256(mark.encode()).hexdigest()

    def rank_all(self, needs: Sequence[Profile], limit: int) -> list[list[Match]]:
        """Returns the best offers of each need, like ``Matcher.rank_all``."""
        if limit < 1:
            raise ValueError("limit must be at least 1")
        answers = super().rank_all(needs, max(limit, self.dense.depth))
        return [self._reordered(need, matches)[:limit] for need, matches in zip(needs, answers, strict=True)]

    def score(self, need: Profile, offer_id: str) -> Match:
        """Returns the match of one pair, like ``Matcher.score``."""
        own = super().score(need, offer_id)
        if own.score > 0 and own.rank <= self.dense.depth:
            return next(match for match in self.rank(need, self.dense.depth) if match.offer_id == offer_id)
        return self._lowered(own)

    def _reordered(self, need: Profile, matches: Sequence[Match]) -> list[Match]:
        head, tail = matches[: self.dense.depth], matches[self.dense.depth :]
        if not head:
            return []
        texts = [reading(self.offer(match.offer_id)) for match in head]
        likeness = self._encoder.likeness(reading(need), texts)
        raised = [self._raised(match, round(value, _DIGITS)) for match, value in zip(head, likeness, strict=True)]
        order = sorted(raised, key=lambda match: (-round(match.score, 9), match.offer_id))
        return [
            *(replace(match, rank=rank) for rank, match in enumerate(order, 1)),
            *(self._lowered(match) for match in tail),
        ]

    def _raised(self, match: Match, likeness: float) -> Match:
        if not 0.0 <= likeness <= 1.0:
            raise ValueError(f"a likeness must lie within 0 and 1, not {likeness}")
        lowered = self._lowered(match)
        part = self.dense.weight * likeness
        reasons = (*lowered.reasons, Reason("signal", LABEL, part)) if part > 0 else lowered.reasons
        return replace(lowered, score=min(1.0, math.fsum(reason.weight for reason in reasons)), reasons=reasons)

    def _lowered(self, match: Match) -> Match:
        rest = 1.0 - self.dense.weight
        reasons = tuple(replace(reason, weight=reason.weight * rest) for reason in match.reasons)
        return replace(match, score=min(1.0, math.fsum(reason.weight for reason in reasons)), reasons=reasons)
