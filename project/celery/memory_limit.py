"""A ceiling on the memory of a process, so that one picture cannot take all of a machine's."""

import resource
import sys

MIN_MEGABYTES = 512  # megabytes: with less a worker process could do nothing at all


def limit_memory(megabytes: int) -> None:
    """Let this process have at most so much memory; 0: as much as there is. What asks for more gets none, and fails.

    Elsewhere than on Linux this does nothing: only there does the limit count all that a process has of its own
    (setrlimit(2), RLIMIT_DATA).
    """
    if not megabytes or sys.platform != "linux":
        return
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = megabytes * 1024 * 1024
    # The soft limit alone: children of this process have ceilings of their own, which may be higher.
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))
