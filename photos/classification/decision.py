"""Decides a category from measurements alone, without the file, so that it can be repeated at any time."""

from collections.abc import Mapping
from dataclasses import dataclass

from photos.classification import attributes, kinds, learning, tags
from photos.classification.learning import Match
from photos.classification.thresholds import Thresholds


@dataclass(frozen=True)
class Decision:
    """A category, empty for none, with its score and the classifier and version that chose it."""

    category: str
    score: float | None
    classifier: str
    version: str


@dataclass(frozen=True)
class Evidence:
    """The measurements and matches that decide the category of one picture."""

    kind: str
    scores: Mapping[str, float]  # group → probability; empty without the network
    similar_picture: Match | None = None  # the most similar corrected picture
    similar_document: Match | None = None  # the category whose corrected documents have the same words
    vision_answer: Decision | None = None  # of a vision model


def decide(evidence: Evidence, at: Thresholds, corrections_version: str = "") -> Decision:
    """Choose a category by corrections (words of documents, then similar pictures), a vision model, or the network.

    The network decides for photos only: trained on photos, its scores for a drawing or a page mean little.
    """
    for match, threshold in ((evidence.similar_document, at.learnt_words), (evidence.similar_picture, at.learnt)):
        if match is not None and match.score >= threshold:
            return Decision(match.category, round(match.score, 4), learning.CLASSIFIER, corrections_version)
    if evidence.vision_answer is not None:
        return evidence.vision_answer
    if not evidence.scores:
        return Decision("", None, attributes.CLASSIFIER, attributes.VERSION)
    best, score = max(evidence.scores.items(), key=lambda each: each[1])
    category = best if score >= at.category and evidence.kind == kinds.PHOTO else ""
    return Decision(category, score, tags.CLASSIFIER, tags.version())
