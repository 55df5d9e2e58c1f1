"""The plain matcher that ours is measured against: jieba and scikit-learn's TF-IDF, both with their defaults."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matching.model import Profile
from matching.text import plain_tokenizer


def plain_rankings(
    needs: Sequence[Profile], offers: Sequence[Profile], depth: int, cache_dir: Path | None = None
) -> dict[str, list[tuple[str, float]]]:
    """Returns need id -> (offer id, cosine), best first, equal scores by id, from title, body and keywords as they are."""
    if not needs or not offers:
        return {need.id: [] for need in needs}
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics.pairwise import linear_kernel

    def texts(profiles: Sequence[Profile]) -> list[str]:
        return [" ".join((profile.title, profile.body, *profile.keywords)) for profile in profiles]

    vectorizer = TfidfVectorizer(tokenizer=plain_tokenizer(cache_dir).lcut, token_pattern=None)
    fitted = vectorizer.fit_transform(texts(offers))
    scores = linear_kernel(vectorizer.transform(texts(needs)), fitted)
    rankings: dict[str, list[tuple[str, float]]] = {}
    for need, row in zip(needs, scores.tolist(), strict=True):
        scored = sorted(zip((offer.id for offer in offers), row, strict=True), key=lambda pair: (-pair[1], pair[0]))
        rankings[need.id] = scored[:depth]
    return rankings
