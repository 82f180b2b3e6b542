"""The scores from which a category or kind is claimed. The scores themselves are stored, so thresholds can change."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """Defaults, chosen from results on a few hundred pictures; the settings may override them."""

    category: float = 0.5  # probability of the best group
    learnt: float = 0.6  # cosine with the nearest corrected photo
    learnt_words: float = 0.35  # cosine with the words of a category's corrected documents
    same_picture_bits: int = 6  # of 64, in which two hashes of one picture may differ
    same_shot: float = 0.85  # cosine of two photos that were probably one shot

    # Kinds, by shares of the pixels.
    paper_brightness: int = 140  # at least, of the most common shade
    paper: float = 0.6  # at least, near the most common shade
    ink: float = 0.3  # at most, much darker than the paper
    coloured: float = 0.15  # at most, coloured
    crisp: float = 0.15  # sharpness, at least: fog is bright, too
    blank: float = 0.001  # at most, far from the most common shade
    blank_deviation: float = 6.0
    drawn: float = 0.6  # at least, neighbours that are exactly equal
