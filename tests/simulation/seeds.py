"""Seeds whose schedules broke a promise once: played in every run of the tests.

A seed stands for the same schedule only as long as scenarios, strategies and the engine's statements stay as they are.
`make mutants` shows that these still find what they found, so choose others when it says that they do not.
"""

# What was wrong is told after each.
SQLITE_SEEDS = (
    2,  # two phases of one turn gave an item the same token, so the second file replaced the first
    3,
    47,  # a process that was stopped inside `Lane.take` took over the turn of the one that had followed it
    116,
)
POSTGRESQL_SEEDS = (
    68,  # the rescuer reclaimed the items of a lane whose heartbeat was committed between its two statements
    173,
    200,
)
