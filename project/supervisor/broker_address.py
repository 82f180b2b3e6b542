"""Addresses of brokers: the file in which `up` leaves that of the embedded one, and what an address answers."""

import ssl
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import redis

ADDRESS_FILE = "broker.url"
# Nothing listens here. Commands work without a broker; the rescuer sends their messages later.
UNREACHABLE_ADDRESS = "redis://127.0.0.1:1/0"
UNTRUSTED_CERTIFICATE = "The broker's certificate is not trusted ({}): name its authority by ssl_ca_certs in REDIS_URL"


def embedded_address(data: Path) -> str:
    """The address that `up` left in the data folder, or one where nothing answers."""
    try:
        return (data / ADDRESS_FILE).read_text().strip() or UNREACHABLE_ADDRESS
    except FileNotFoundError:
        return UNREACHABLE_ADDRESS


def celery_address(address: str) -> str:
    """The address in Kombu's form: `redis+socket://` for the `unix://` of redis-py, others as they are."""
    parts = urlsplit(address)
    if parts.scheme != "unix":
        return address
    query = dict(parse_qsl(parts.query))
    password = query.pop("password", "")
    person = f":{quote(password, safe='')}@" if password else parts.netloc
    query["virtual_host"] = query.pop("db", "0")
    return f"redis+socket://{person}{parts.path}?{urlencode(query)}"


def is_reachable(address: str, seconds: float = 1.0) -> bool:
    """Whether a broker answers at that address within that time."""
    try:
        # One try: with redis-py's own retries a silent broker would take many times as long.
        with redis.Redis.from_url(
            address, socket_timeout=seconds, socket_connect_timeout=seconds, retry=None
        ) as client:
            return bool(client.ping())
    except (redis.RedisError, ValueError):  # the latter: no address, as in a file that was written in part
        return False


def explain_certificate_error(error: Exception) -> Exception:
    """The error itself, or a ConnectionError with advice if an untrusted certificate of the broker caused it."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return error if cause is None else redis.ConnectionError(UNTRUSTED_CERTIFICATE.format(cause.verify_message))
