"""From a text as people type it to clean words: clean, normalise, aligned, and the Segmenter with its own dictionary."""

from __future__ import annotations

import hashlib
import html
import logging
import math
import os
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from matching.folding import fold
from matching.tokens import TokenCache

if TYPE_CHECKING:
    import jieba

log = logging.getLogger(__name__)

LONGEST_TEXT = 20_000
"""Characters of one text that are looked at; the rest is cut off. Real filings have 100 to 2,000."""

TECHNOLOGY_WORDS = Path(__file__).parent / "words" / "technology.txt"

_TAG_NAMES = (
    "a|abbr|article|b|blockquote|body|br|center|code|div|em|embed|font|footer|form|frame|h[1-6]|head|header|hr|html|i|iframe|img|"
    "input|li|link|main|meta|nav|object|ol|option|p|pre|script|section|select|small|span|strike|strong|style|sub|sup|svg|"
    "table|tbody|td|textarea|tfoot|th|thead|title|tr|u|ul|video"
)
_HIDDEN_OPENS = re.compile(r"<(?:(script|style)\b[^<>]*>|!--)", re.IGNORECASE)
_HIDDEN_CLOSES = {
    "script": re.compile(r"</script\s*>", re.IGNORECASE),
    "style": re.compile(r"</style\s*>", re.IGNORECASE),
    "": re.compile(r"-->"),
}
_TAG = re.compile(rf"</?(?:{_TAG_NAMES})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_REFERENCE = re.compile(
    r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)"
)  # as in HTML 5, like html.unescape
_SPACES = re.compile(r"\s+")
_SIGN_RUN = re.compile(r"[^\w\s\x00-\u02ff\u2000-\u206f\u3000-\u303f\uff00-\uffef]{31,}")
_LONG = 500
_WORDLIKE = re.compile(r"\w")

_Span = tuple[int, int, str]
"""A part of a text from start to end, and what stands there instead."""


def clean(text: str) -> str:
    """Returns the text as a reader would see it, on one line and in its own letter case.

    NFKC (full-width digits, ㎡, ℃), HTML tags and entities away (only known tags, so "CV<5%, 偏差>3" stays), zero-width,
    bidirectional and control characters away, white space to single blanks, at most ``LONGEST_TEXT`` characters.
    """
    text = text[:LONGEST_TEXT]
    for step in (_references, _hidden, _tags, _sign_runs):
        spans = step(text)
        if spans:
            text = _replaced(text, spans)
    text = unicodedata.normalize("NFKC", text)[:LONGEST_TEXT]
    if not text.isprintable():
        text = "".join(map(_visible, text))
    return _SPACES.sub(" ", text).strip()


def normalise(text: str) -> str:
    """Returns the cleaned text in lower case and simplified characters: the form in which texts are compared.

    Place for place the same as ``clean(text).lower()``.
    """
    return fold(clean(text).lower())


def normalise_all(texts: Sequence[str]) -> list[str]:
    """Returns ``normalise`` of each of many short texts, several times as fast where they are plain."""
    joined = "\n".join(texts)
    plain = "".join(texts)
    if not texts or not plain.isprintable() or "&" in plain or "<" in plain or max(map(len, texts), default=0) > _LONG:
        return [normalise(text) for text in texts]
    low = unicodedata.normalize("NFKC", joined).lower().split("\n")
    return [fold(" ".join(text.split())) for text in low]


def _references(text: str) -> list[_Span]:
    if "&" not in text:
        return []
    spans = ((*hit.span(), html.unescape(hit.group())) for hit in _REFERENCE.finditer(text))
    return [span for span in spans if span[2] != text[span[0] : span[1]]]  # R&D stays, character for character


def _hidden(text: str) -> list[_Span]:
    """Scripts, styles and comments, in one pass: what is never closed is looked for only once."""
    spans: list[_Span] = []
    unclosed: set[str] = set()
    place = 0
    while "<" in text:
        opening = _HIDDEN_OPENS.search(text, place)
        if opening is None:
            break
        kind = (opening[1] or "").lower()
        closing = None if kind in unclosed else _HIDDEN_CLOSES[kind].search(text, opening.end())
        if closing is None:
            unclosed.add(kind)
            place = opening.end()
        else:
            spans.append((opening.start(), closing.end(), " "))
            place = closing.end()
    return spans


def _tags(text: str) -> list[_Span]:
    return [(*hit.span(), " ") for hit in _TAG.finditer(text)] if "<" in text else []


def _sign_runs(text: str) -> list[_Span]:
    """The rest of a run of more than 30 signs: NFKC sorts combining marks in quadratic time (UAX 15, stream-safe text)."""
    if len(text) <= _LONG:
        return []
    return [(hit.start() + 30, hit.end(), "") for hit in _SIGN_RUN.finditer(text)]


def _replaced(text: str, spans: list[_Span]) -> str:
    pieces: list[str] = []
    place = 0
    for start, end, instead in spans:
        pieces += (text[place:start], instead)
        place = end
    return "".join((*pieces, text[place:]))


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cc":
        return " "
    return "" if category in {"Cf", "Co", "Cs", "Cn"} else character


@dataclass(frozen=True, slots=True)
class Aligned:
    """A normalised text with the place of each of its characters in the text as it was typed.

    ``origin[i]`` and ``ends[i]`` are the start and the end in the typed text of what became ``normalised[i]``.
    """

    normalised: str
    origin: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Returns where ``normalised[start:end]`` stands in the typed text; an empty part has an empty place."""
        if start >= end:
            place = self.origin[start] if start < len(self.origin) else (self.ends[-1] if self.ends else 0)
            return place, place
        return self.origin[start], max(self.ends[start:end])


def aligned(text: str) -> Aligned:
    """Returns ``normalise(text)`` with the places of its characters, for highlighting in the text as it was typed."""
    typed = text[:LONGEST_TEXT]
    track = _Track(typed, list(range(len(typed))), list(range(1, len(typed) + 1)))
    for step in (_references, _hidden, _tags, _sign_runs, _compatible):
        track.replace(step(track.text))
    track.keep(0, LONGEST_TEXT)
    track.replace([(i, i + 1, _visible(one)) for i, one in enumerate(track.text) if not one.isprintable()])
    track.replace([(*hit.span(), " ") for hit in _SPACES.finditer(track.text) if hit.group() != " "])
    track.keep(len(track.text) - len(track.text.lstrip()), len(track.text.rstrip()))
    low = track.text.lower()
    if len(low) != len(track.text):  # a few letters (İ) grow when made small
        track.replace([(i, i + 1, one.lower()) for i, one in enumerate(track.text) if len(one.lower()) > 1])
    return Aligned(fold(low), tuple(track.starts), tuple(track.ends))


class _Track:
    """A text under change, with the place of each character in the text it began as."""

    def __init__(self, text: str, starts: list[int], ends: list[int]) -> None:
        self.text = text
        self.starts = starts
        self.ends = ends

    def replace(self, spans: list[_Span]) -> None:
        if not spans:
            return
        starts: list[int] = []
        ends: list[int] = []
        place = 0
        for start, end, instead in spans:
            starts += self.starts[place:start] + [self.starts[start]] * len(instead)
            ends += self.ends[place:start] + [self.ends[end - 1]] * len(instead)
            place = end
        self.starts, self.ends = starts + self.starts[place:], ends + self.ends[place:]
        self.text = _replaced(self.text, spans)

    def keep(self, start: int, end: int) -> None:
        self.text, self.starts, self.ends = self.text[start:end], self.starts[start:end], self.ends[start:end]


def _compatible(text: str) -> list[_Span]:
    """NFKC, piece by piece: a piece begins at a character that never joins what stands before it."""
    if unicodedata.is_normalized("NFKC", text):
        return []
    begins = [place for place, character in enumerate(text) if place == 0 or _begins(character)]
    pieces = zip(begins, [*begins[1:], len(text)], strict=True)
    spans = ((start, end, unicodedata.normalize("NFKC", text[start:end])) for start, end in pieces)
    return [span for span in spans if text[span[0] : span[1]] != span[2]]


@lru_cache(4096)
def _begins(character: str) -> bool:
    first = unicodedata.normalize("NFKD", character)[0]
    joins = unicodedata.combining(first) or unicodedata.category(first)[0] == "M" or "\u1160" <= first <= "\u11ff"
    return not joins


def wordlike(token: str) -> bool:
    """Says whether a token holds a letter, a digit or a Chinese character (not only punctuation or an emoji)."""
    return _WORDLIKE.search(token) is not None


def read_words(path: Path) -> tuple[str, ...]:
    """Returns the entries of a word file: UTF-8, one entry per line, ``#`` starts a comment, blank lines are skipped."""
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line)


def default_cache_dir() -> Path:
    """Returns the user's own cache folder; never a shared, predictable name under the system's temporary folder."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "xuchang-docking"


Engine = Literal["rjieba", "jieba"]


class Segmenter:
    """Cuts Chinese text into words with jieba's dictionary (no hidden Markov model, our own words added).

    ``engine`` is "rjieba" where that package is installed (0.1 s and 33 MiB to start, 15 times as fast) and "jieba"
    otherwise (one second and 60 MiB); both give the same words. One per process is made and handed around; reading is safe
    from several threads. ``cache_dir`` is where jieba keeps its prepared dictionary (default: the user's cache folder);
    a folder that cannot be made is logged and costs time only. ``tokens`` keeps what was cut (default: in memory).
    """

    def __init__(
        self,
        cache_dir: Path | None = None,
        words: Iterable[str] | None = None,
        engine: Engine | None = None,
        tokens: TokenCache | None = None,
    ) -> None:
        self.words = read_words(TECHNOLOGY_WORDS) if words is None else tuple(words)
        self.engine: Engine = engine or ("rjieba" if find_spec("rjieba") else "jieba")
        own = [normalise(word) for word in self.words]
        fast = self.engine == "rjieba"
        self._cut = _fast_cut(own) if fast else _plain_cut(own, cache_dir or default_cache_dir())
        self._tokens = tokens or TokenCache()
        digest = hashlib.blake2b(digest_size=16)
        for word in ("jieba 0.42.1", *own):
            digest.update(word.encode() + b"\n")
        self.fingerprint: str = digest.hexdigest()
        self._key = digest.digest()

    def cut(self, text: str) -> tuple[str, ...]:
        """Returns the words of a text in order, normalised, without punctuation."""
        return tuple(self._written(text).split())

    def runs(self, text: str) -> tuple[tuple[str, ...], ...]:
        """Returns the words in runs that no punctuation or blank interrupts; words of one run stand side by side."""
        written = self._written(text)
        return tuple(tuple(run.split(" ")) for run in written.split("\n")) if written else ()

    def _written(self, text: str) -> str:
        """Returns the words as one text, blanks between words and line breaks between runs (no word holds either)."""
        normal = normalise(text)
        kept = self._tokens.get(self._key, normal)
        if kept is None:
            kept = self._runs(normal)
            self._tokens.put(self._key, normal, kept)
        return kept

    def _runs(self, normal: str) -> str:
        marked = " ".join([token if token.isalnum() or wordlike(token) else "\n" for token in self._cut(normal)])
        return "\n".join([run for piece in marked.split("\n") if (run := piece.strip())])


Cut = Callable[[str], Iterable[str]]


def _fast_cut(words: Iterable[str]) -> Cut:
    import rjieba

    engine = rjieba.Jieba()
    for word in words:
        if word and not engine.has_word(word):
            engine.add_word(word, engine.suggest_freq(word), None)
    return lambda text: engine.cut(text, hmm=False)


def _plain_cut(words: Iterable[str], cache_dir: Path) -> Cut:
    tokenizer = _tokenizer(cache_dir)
    for word in words:
        if word and not tokenizer.FREQ.get(word):
            tokenizer.add_word(word, _suggested_frequency(tokenizer, word))
    return lambda text: tokenizer.cut(text, HMM=False)


def _suggested_frequency(tokenizer: jieba.Tokenizer, word: str) -> int:
    """Returns the lowest frequency that keeps a word whole, by the formula of jieba-rs, so that both engines agree."""
    total = math.log(tokenizer.total)
    share = 0.0
    for part in tokenizer.cut(word, HMM=False):
        share += math.log(tokenizer.FREQ.get(part) or 1) - total
    return max(1, int(math.exp(share + total)) + 1)


def _tokenizer(cache_dir: Path) -> jieba.Tokenizer:
    with warnings.catch_warnings():
        # jieba 0.42.1 writes regular expressions without raw strings and looks for the retired pkg_resources
        warnings.filterwarnings("ignore", message=".*invalid escape sequence.*")
        warnings.filterwarnings("ignore", message=".*pkg_resources.*")
        import jieba
    jieba.setLogLevel(logging.CRITICAL)  # it reports each start, and a cache it cannot write with a stack trace
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        log.warning("jieba's dictionary cannot be kept in %s (%s): every start takes a second longer", cache_dir, error)
    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = str(cache_dir)
    tokenizer.initialize()
    return tokenizer


def plain_tokenizer(cache_dir: Path | None = None) -> jieba.Tokenizer:
    """Returns a jieba tokenizer with its own dictionary and defaults; only for comparisons."""
    return _tokenizer(cache_dir or default_cache_dir())
