"""From which score on something is claimed. The scores themselves are kept, so that these can change later."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """Set from figures of a few hundred pictures; the settings may say otherwise."""

    category: float = 0.5  # the likeliest group's share, from which it is named
    learnt: float = 0.6  # cosine with the nearest corrected photo, from which its category is taken
    learnt_words: float = 0.35  # the same for the words of documents
    same_picture_bits: int = 6  # of 64 that two hashes may differ in
    same_shot: float = 0.85  # cosine of two photos that were probably one shot

    # Kinds, by shares of the pixels.
    paper_brightness: int = 140  # of the commonest shade
    paper: float = 0.6  # near the commonest shade
    ink: float = 0.3  # at most so much is much darker
    coloured: float = 0.15  # at most so much of a document is coloured
    crisp: float = 0.15  # sharpness: fog is bright, too
    blank: float = 0.001  # at most so much differs much from the commonest shade
    blank_deviation: float = 6.0
    drawn: float = 0.6  # neighbours that are exactly equal
