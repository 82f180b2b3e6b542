"""The pauses before a part is started again."""

from project.supervisor.restarts import RestartBackoff


def test_three_times_a_minute_at_once_then_with_growing_pauses():
    restarts = RestartBackoff()

    assert [restarts.pause_after_end(second) for second in range(10)] == [0, 0, 0, 1, 2, 4, 8, 16, 30, 30]


def test_after_a_calm_minute_it_is_at_once_again():
    restarts = RestartBackoff()
    for second in range(6):
        restarts.pause_after_end(second)

    assert restarts.pause_after_end(100) == 0
