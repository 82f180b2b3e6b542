"""Where the embedded broker listens: `up` leaves its address in the data folder."""

from pathlib import Path

import redis

ADDRESS_FILE = "broker.url"
# Nothing listens here: commands work without a broker, what they send is sent by the rescuer later.
NOWHERE = "redis://127.0.0.1:1/0"


def embedded_address(data: Path) -> str:
    """The address that `up` left in the data folder, or one where nothing answers."""
    try:
        return (data / ADDRESS_FILE).read_text().strip() or NOWHERE
    except FileNotFoundError:
        return NOWHERE


def answers(address: str, seconds: float = 1.0) -> bool:
    """Whether a broker answers at that address within that time."""
    try:
        # One try: with redis-py's own retries a silent broker would take many times as long.
        with redis.Redis.from_url(
            address, socket_timeout=seconds, socket_connect_timeout=seconds, retry=None
        ) as client:
            return bool(client.ping())
    except (redis.RedisError, ValueError):  # the latter: no address, as in a file that was written in part
        return False
