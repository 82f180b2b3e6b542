"""The speed chart on a job's page."""

from datetime import timedelta

import pytest
from django.urls import reverse

from jobs.clock import database_now
from jobs.models import Pace
from jobs.web.chart import HEIGHT, MAX_POINTS, WIDTH, speed_chart
from tests.jobs.work import make_job

pytestmark = pytest.mark.django_db


def paced(job, *finished):
    """Let that many files of the job have been finished, second by second."""
    start = database_now().replace(microsecond=0) - timedelta(seconds=len(finished))
    for number, count in enumerate(finished):
        if count:
            Pace.add(job.pk, start + timedelta(seconds=number), count)
    return job


def heights(chart):
    return [HEIGHT - float(point.split(",")[1]) for point in chart.points.split()]


def test_it_draws_files_a_second_from_the_first_to_the_last(ana):
    chart = speed_chart(paced(make_job(ana), 2, 4, 0, 1))

    assert (chart.peak, chart.seconds) == (4, 4)
    assert heights(chart) == [HEIGHT / 2, HEIGHT, 0, HEIGHT / 4]
    assert chart.points.split()[-1].startswith(f"{WIDTH}.0,")


def test_a_long_job_is_drawn_with_few_points(ana):
    chart = speed_chart(paced(make_job(ana), *[3] * 200))

    assert len(chart.points.split()) <= MAX_POINTS
    assert set(heights(chart)) == {HEIGHT}


def test_there_is_none_before_there_is_something_to_see(ana, client):
    job = make_job(ana)
    client.force_login(ana)

    assert speed_chart(paced(job, 5)) is None
    assert "speedChart" not in client.get(reverse("job", args=[job.uuid])).content.decode()


def test_the_page_says_the_figure_beside_the_line(ana, client):
    job = paced(make_job(ana), 12, 7, 9)
    client.force_login(ana)

    page = client.get(reverse("job", args=[job.uuid])).content.decode()

    assert "up to 12.0 files/s" in page
    assert "<polyline" in page
