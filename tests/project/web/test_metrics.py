"""Figures for a monitoring system."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from jobs.models import Job, Worker
from project.accounts.models import Token
from tests.jobs.work import make_job, reload, run_items, take_turn

pytestmark = pytest.mark.django_db

ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


def figures(**headers):
    answer = Client().get("/metrics", **headers)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.content.decode())
    return {
        sample.name + "".join(f"[{value}]" for value in sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_it_counts_jobs_files_and_workers(ana):
    run_items(make_job(ana, items=3, fail=[2]))
    make_job(ana, items=5)
    Worker.record_heartbeat("one", Worker.WORKER, 2)

    metrics = figures()

    assert metrics["stopbath_jobs[completed]"] == 1
    assert metrics["stopbath_jobs[queued]"] == 1
    assert metrics["stopbath_jobs[failed]"] == 0
    assert metrics["stopbath_files[succeeded]"] == 2
    assert metrics["stopbath_files[failed]"] == 1
    assert metrics["stopbath_files[unfinished]"] == 5
    assert metrics["stopbath_workers"] == 1
    assert metrics["stopbath_worker_processes"] == 2
    assert metrics["stopbath_beat"] == 0


def test_it_knows_how_long_cancels_took_also_those_of_deleted_jobs(ana):
    quick, slow = make_job(ana), make_job(ana)
    lane = take_turn(slow)
    lane.claim(1)
    quick.cancel(by=ana, door="api")
    slow.cancel(by=ana, door="api")
    earlier = reload(slow).cancelled_at - timedelta(seconds=2)
    Job.objects.filter(pk=slow.pk).update(cancelled_at=earlier, ended_at=earlier)
    lane.record([], rest=True)
    reload(quick).remove(by=ana, door="api")

    metrics = figures()

    assert metrics["stopbath_stop_seconds_count"] == 2
    assert 2 <= metrics["stopbath_stop_seconds_sum"] < 3.5
    assert metrics["stopbath_stop_seconds_bucket[0.5]"] == 1
    assert metrics["stopbath_stop_seconds_bucket[3.5]"] == 2
    assert metrics["stopbath_stop_seconds_bucket[+Inf]"] == 2


def test_nobody_else_reads_them(client, ana):
    assert client.get("/metrics", **ELSEWHERE).status_code == 403
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="192.0.2.7").status_code == 403
    _, key = Token.make(ana, "mine")
    assert client.get("/metrics", HTTP_AUTHORIZATION=f"Token {key}", **ELSEWHERE).status_code == 403
    assert client.get("/metrics", HTTP_AUTHORIZATION="Token nonsense", **ELSEWHERE).status_code == 403


def test_a_staff_token_reads_them_from_anywhere(staff):
    _, key = Token.make(staff, "monitoring")

    assert "stopbath_jobs[running]" in figures(HTTP_AUTHORIZATION=f"Token {key}", **ELSEWHERE)


def test_every_figure_says_what_it_is():
    text = Client().get("/metrics").content.decode()

    names = set(re.findall(r"^# TYPE (\w+)", text, re.M))
    assert names == set(re.findall(r"^# HELP (\w+) .*\.$", text, re.M))
