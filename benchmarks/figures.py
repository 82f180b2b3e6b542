"""Figures: measured values, and the aims of the design."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

RATIO, RATE, TIME, SIZE = "×", "/s", "ms", "MB"


@dataclass(frozen=True)
class Figure:
    """A measured value: one line of the table."""

    what: str
    where: str  # the database, if the figure depends on it
    value: float
    unit: str
    aim: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the aim is met; None without one. Rates should be high, everything else low."""
        if self.aim is None:
            return None
        return self.value >= self.aim if self.unit == RATE else self.value <= self.aim

    @property
    def value_text(self) -> str:
        return format_value(self.value, self.unit)

    @property
    def aim_text(self) -> str:
        """The aim with its unit; empty without one."""
        if self.aim is None:
            return ""
        return f"{'≥' if self.unit == RATE else '≤'} {format_value(self.aim, self.unit)}"

    @property
    def verdict(self) -> str:
        """ "met" or "missed"; empty without an aim."""
        return {True: "met", False: "missed", None: ""}[self.is_met]


def format_value(value: float, unit: str) -> str:
    """The value with its unit, in three digits."""
    if unit == RATIO:
        return f"{value:,.2f} ×"
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:,.3g} {unit}"


def ratios_first(figures: Sequence[Figure]) -> list[Figure]:
    """The figures with ratios first: ratios carry over to other machines, as far as the noise allows."""
    return sorted(figures, key=lambda figure: figure.unit != RATIO)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least that many percent of the values do not exceed."""
    ranked = sorted(values)
    return ranked[max(math.ceil(len(ranked) * percent / 100) - 1, 0)]


def spread_figures(what: str, where: str, milliseconds: Sequence[float], aim: float | None = None) -> list[Figure]:
    """The median and the 95th percentile of times; the aim is for the percentile."""
    return [
        Figure(f"{what}, p50", where, percentile(milliseconds, 50), TIME),
        Figure(f"{what}, p95", where, percentile(milliseconds, 95), TIME, aim),
    ]
