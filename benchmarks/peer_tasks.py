"""An empty task for RQ."""


def rq_nothing(number: int) -> None:
    """Do nothing."""
