"""The same Celery app on a machine whose clock is wrong by as many seconds as WRONG_BY says."""

import os
import time
from datetime import timedelta

from django.utils import timezone

WRONG_BY = timedelta(seconds=float(os.environ["WRONG_BY"]))
true_time, true_time_ns, true_now = time.time, time.time_ns, timezone.now

time.time = lambda: true_time() + WRONG_BY.total_seconds()
time.time_ns = lambda: true_time_ns() + int(WRONG_BY.total_seconds() * 1e9)
timezone.now = lambda: true_now() + WRONG_BY

from tests.real.app import app  # noqa: E402 - whoever imports these by name gets the wrong ones

__all__ = ["app"]
