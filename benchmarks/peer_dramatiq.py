"""An empty task for Dramatiq."""

import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker

dramatiq.set_broker(RedisBroker(url=f"{os.environ['BENCHMARK_BROKER'].rsplit('/', 1)[0]}/3"))


@dramatiq.actor
def nothing(number: int) -> None:
    """Do nothing."""
