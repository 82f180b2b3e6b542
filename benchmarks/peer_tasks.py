"""An empty task that needs nothing."""


def rq_nothing(number: int) -> None:
    """Do nothing."""
