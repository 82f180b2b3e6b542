"""An empty task for Huey."""

import os

from huey import RedisHuey

huey = RedisHuey("nothing", url=f"{os.environ['BENCHMARK_BROKER'].rsplit('/', 1)[0]}/4", results=False)


@huey.task()  # type: ignore[untyped-decorator]
def nothing(number: int) -> None:
    """Do nothing."""
