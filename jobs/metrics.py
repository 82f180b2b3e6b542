"""Metrics of the engine. Read from the database, so that every web process answers the same."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Sum
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from jobs import states
from jobs.models import Item, Job, JobPhase, Lane, Tally, Worker


class EngineCollector(Collector):
    """Collects jobs, files, workers and the times of cancels at each scrape."""

    def collect(self) -> Iterator[Metric]:
        yield jobs_by_status()
        yield files_by_outcome()
        yield gauge("jobs_stopping", "Cancelled jobs of which a file is still being processed.", unsettled_count())
        yield gauge("items_in_hand", "Items in progress.", Item.objects.running().count())
        yield gauge("lanes_working", "Lanes that a worker works on.", Lane.objects.filter(working=True).count())
        yield gauge("workers", "Workers with a recent heartbeat.", Worker.objects.alive().count())
        yield gauge("worker_processes", "Items that can be processed at a time.", Worker.objects.processes())
        yield gauge("beat", "1 when beat, which runs the rescuer, has a recent heartbeat.", Worker.is_beat_alive())
        yield stop_times()
        yield rescue_count()


def gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    """One figure."""
    return GaugeMetricFamily(f"stopbath_{name}", help_text, value)


def jobs_by_status() -> GaugeMetricFamily:
    """Jobs in the history by status."""
    family = GaugeMetricFamily("stopbath_jobs", "Jobs in the history by status.", labels=["status"])
    found = dict(Job.objects.values_list("status").order_by().annotate(n=Count("*")))
    for status in states.JOB_STATUSES:
        family.add_metric([status], found.get(status, 0))
    return family


def files_by_outcome() -> GaugeMetricFamily:
    """Files of these jobs by outcome."""
    family = GaugeMetricFamily("stopbath_files", "Files of the jobs in the history by outcome.", labels=["outcome"])
    first = JobPhase.objects.filter(number=0)
    sums = first.aggregate(total=Sum("total"), succeeded=Sum("succeeded"), failed=Sum("failed"))
    total, succeeded, failed = (sums[name] or 0 for name in ("total", "succeeded", "failed"))
    for outcome, number in (("succeeded", succeeded), ("failed", failed), ("unfinished", total - succeeded - failed)):
        family.add_metric([outcome], number)
    return family


def unsettled_count() -> int:
    """Cancelled jobs that have not come to rest."""
    return Job.objects.filter(status=states.CANCELLED, settled_at=None).count()


def stop_times() -> HistogramMetricFamily:
    """From a cancel until nothing of the job ran any more."""
    buckets, seconds = Tally.stop_histogram()
    help_text = "Seconds from a cancel until nothing of the job ran any more."
    return HistogramMetricFamily("stopbath_stop_seconds", help_text, buckets=buckets, sum_value=seconds)


def rescue_count() -> CounterMetricFamily:
    """Lanes whose worker was lost."""
    value = Tally.values().get("rescues", 0)
    return CounterMetricFamily("stopbath_rescues", "Lanes whose lease expired and whose items were reclaimed.", value)
