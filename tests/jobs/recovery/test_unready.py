"""A database without the tables of this version is not one that is away: nobody waits for it in silence."""

import time

import pytest
from django.db import Error, OperationalError, connection, transaction

from jobs.clock import describe_error, is_unreachable
from jobs.recovery import rescue
from jobs.recovery.loop import log_entry
from tests.jobs.work import make_job, run_items

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(30)]
WORDS = "migrations are not applied, run `manage.py migrate`"


def lose(table: str) -> None:
    """As before a migration; undone with the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_of_tomorrow")


def test_a_worker_says_so_and_does_not_wait(ana, caplog):
    job = make_job(ana)
    lose("jobs_pace")

    with pytest.raises(Error):
        run_items(job)

    assert [record.levelname for record in caplog.records if WORDS in record.getMessage()] == ["ERROR"]


def test_the_rescuer_says_so_in_one_line(caplog):
    lose("jobs_lane")

    with pytest.raises(Error) as lost, transaction.atomic():
        rescue.rescue()

    level, words = log_entry(lost.value)
    assert level == 40
    assert WORDS in words
    assert caplog.messages == []


def test_a_column_that_is_missing_is_no_database_that_is_away():
    with connection.cursor() as cursor, pytest.raises(Error) as lost, transaction.atomic():
        cursor.execute("SELECT tomorrow FROM jobs_job")

    assert not is_unreachable(lost.value)
    assert describe_error(lost.value).startswith(WORDS)


def test_a_database_that_cannot_be_reached_is_away():
    error = OperationalError("could not connect to server")

    assert is_unreachable(error)
    assert log_entry(error) == (30, "The rescuer cannot reach the database: could not connect to server")


def failing(error, sqlstate):
    """One of Django's errors as PostgreSQL causes it."""
    cause = Exception()
    cause.sqlstate = sqlstate
    error.__cause__ = cause
    return error


PASSING = ["08006", "25006", "25P03", "25P04", "40001", "40P01", "53300", "55P03", "57P01", "57P03", "58030", None]


@pytest.mark.parametrize("sqlstate", PASSING)
def test_what_passes_by_itself_is_waited_for(sqlstate):
    assert is_unreachable(failing(OperationalError("passing"), sqlstate))


@pytest.mark.parametrize("sqlstate", ["54000", "54001", "57014", "25P02", "XX000", "42P01"])
def test_what_comes_again_whenever_it_is_tried_is_not_waited_for(sqlstate):
    assert not is_unreachable(failing(OperationalError("always"), sqlstate))


def say_nothing_in_a_transaction(cursor):
    with transaction.atomic():
        cursor.execute("SELECT 1")
        time.sleep(0.5)
        cursor.execute("SELECT 2")


@pytest.mark.postgres
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only a server ends connections")
@pytest.mark.django_db(transaction=True)
def test_a_database_that_ended_a_silent_transaction_is_away_for_a_moment():
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '50ms'")
        with pytest.raises(Error) as lost:
            say_nothing_in_a_transaction(cursor)

    assert is_unreachable(lost.value)
    connection.close()
