"""From what was measured to a category and a kind: without a file, so that it can be done again at any time."""

from collections.abc import Mapping
from dataclasses import dataclass

from photos.classification import attributes, kinds, learning, tags
from photos.classification.learning import Match
from photos.classification.thresholds import Thresholds


@dataclass(frozen=True)
class Decision:
    """A category, or none, and who says so."""

    category: str
    score: float | None
    classifier: str
    version: str


@dataclass(frozen=True)
class Evidence:
    """All that bears on the category of one picture."""

    kind: str
    scores: Mapping[str, float]  # of the network; none without it
    similar_picture: Match | None = None  # the most alike of the corrected pictures
    similar_document: Match | None = None  # the nearest of the corrected documents
    vision_answer: Decision | None = None  # what a vision model said


def decide(evidence: Evidence, at: Thresholds, taught: str = "") -> Decision:
    """What people taught comes first, words before looks; then a vision model; then the network, for photos alone.

    The network was taught with photos: what it says of a drawing or of a page means little.
    """
    for match, enough in ((evidence.similar_document, at.learnt_words), (evidence.similar_picture, at.learnt)):
        if match is not None and match.score >= enough:
            return Decision(match.category, round(match.score, 4), learning.CLASSIFIER, taught)
    if evidence.vision_answer is not None:
        return evidence.vision_answer
    if not evidence.scores:
        return Decision("", None, attributes.CLASSIFIER, attributes.VERSION)
    best, score = max(evidence.scores.items(), key=lambda each: each[1])
    claimed = best if score >= at.category and evidence.kind == kinds.PHOTO else ""
    return Decision(claimed, score, tags.CLASSIFIER, tags.version())
