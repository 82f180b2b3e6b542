"""The memory limit of a process, so that one picture cannot take the memory of the whole machine."""

import resource
import sys

MIN_MEGABYTES = 512  # a worker process with less cannot process any picture


def limit_memory(megabytes: int) -> None:
    """Limit the private memory of this process; allocations beyond the limit fail. 0 means no limit.

    Does nothing except on Linux, where RLIMIT_DATA counts all private memory of a process
    (setrlimit(2), RLIMIT_DATA).
    """
    if not megabytes or sys.platform != "linux":
        return
    _, hard_limit = resource.getrlimit(resource.RLIMIT_DATA)
    soft_limit = megabytes * 1024 * 1024
    # Only the soft limit: children of this process have limits of their own, which may be higher.
    resource.setrlimit(
        resource.RLIMIT_DATA,
        (soft_limit if hard_limit == resource.RLIM_INFINITY else min(soft_limit, hard_limit), hard_limit),
    )
