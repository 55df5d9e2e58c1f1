"""From a text as people type it to clean words: clean, normalise, and the Segmenter with its own dictionary."""

from __future__ import annotations

import html
import logging
import os
import re
import unicodedata
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

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
_HIDDEN = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(rf"</?(?:{_TAG_NAMES})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_WORDLIKE = re.compile(r"\w")


def clean(text: str) -> str:
    """Returns the text as a reader would see it, on one line and in its own letter case.

    NFKC (full-width digits, ㎡, ℃), HTML tags and entities away (only known tags, so "CV<5%, 偏差>3" stays), zero-width,
    bidirectional and control characters away, white space to single blanks, at most ``LONGEST_TEXT`` characters.
    """
    text = text[:LONGEST_TEXT]
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub(" ", _HIDDEN.sub(" ", text))
    text = unicodedata.normalize("NFKC", text)[:LONGEST_TEXT]
    if not text.isprintable():
        text = "".join(map(_visible, text))
    return _SPACES.sub(" ", text).strip()


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cc":
        return " "
    return "" if category in {"Cf", "Co", "Cs", "Cn"} else character


def normalise(text: str) -> str:
    """Returns the cleaned text in lower case: the form in which texts are compared."""
    return clean(text).lower()


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


class Segmenter:
    """Cuts Chinese text into words with a private jieba dictionary (no hidden Markov model, our own words added).

    Costs about one second and 60 MiB, so one per process is made and handed around. Reading is safe from several
    threads. ``cache_dir`` is where jieba keeps its prepared dictionary (default: the user's cache folder);
    a folder that cannot be made is logged and costs time only.
    """

    def __init__(self, cache_dir: Path | None = None, words: Iterable[str] | None = None) -> None:
        self.words = read_words(TECHNOLOGY_WORDS) if words is None else tuple(words)
        self._tokenizer = _tokenizer(cache_dir or default_cache_dir())
        for word in self.words:
            self._tokenizer.add_word(normalise(word))

    def cut(self, text: str) -> tuple[str, ...]:
        """Returns the words of a text in order, normalised, without punctuation."""
        return tuple(word for run in self.runs(text) for word in run)

    def runs(self, text: str) -> tuple[tuple[str, ...], ...]:
        """Returns the words in runs that no punctuation or blank interrupts; words of one run stand side by side."""
        runs: list[tuple[str, ...]] = []
        run: list[str] = []
        for token in self._tokenizer.cut(normalise(text), HMM=False):
            if wordlike(token):
                run.append(token)
            elif run:
                runs.append(tuple(run))
                run = []
        if run:
            runs.append(tuple(run))
        return tuple(runs)


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
