"""The speed of a job over time, as the points of an SVG polyline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from jobs.models import Job

WIDTH, HEIGHT = 600, 80  # units of the drawing
MAX_POINTS = 60
WINDOW_SECONDS = 3600  # the last hour in which files were finished


@dataclass(frozen=True)
class SpeedChart:
    """A polyline of files a second over time."""

    points: str  # of an SVG polyline
    peak: float  # files a second at the highest point
    seconds: int
    width: int = WIDTH
    height: int = HEIGHT


def speed_chart(job: Job) -> SpeedChart | None:
    """The chart of a job's files a second; None before there are three seconds to show."""
    rows = list(job.pace.order_by("-second").values_list("second", "finished")[:WINDOW_SECONDS])[::-1]
    if len(rows) < 3:
        return None
    first, last = rows[0][0], rows[-1][0]
    seconds = int((last - first).total_seconds()) + 1
    rates = average_rates(rows, first, seconds)
    peak = max(rates)
    step = WIDTH / max(len(rates) - 1, 1)
    points = " ".join(f"{n * step:.1f},{HEIGHT - rate / peak * HEIGHT:.1f}" for n, rate in enumerate(rates))
    return SpeedChart(points, round(peak, 1), seconds)


def average_rates(rows: list[tuple[datetime, int]], first: datetime, seconds: int) -> list[float]:
    """Files a second in equal spans of time, seconds without a file included."""
    width = -(-seconds // MAX_POINTS)
    sums = [0] * -(-seconds // width)
    for second, finished in rows:
        sums[int((second - first).total_seconds()) // width] += finished
    lengths = [min(width, seconds - n * width) for n in range(len(sums))]
    return [total / length for total, length in zip(sums, lengths, strict=True)]
