"""Addresses of brokers: the file with the address of the embedded one, and checks of an address."""

import ssl
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import redis

ADDRESS_FILE = "broker.url"
# Nothing listens here. Commands work without a broker; the rescuer sends their messages later.
UNREACHABLE_ADDRESS = "redis://127.0.0.1:1/0"
UNTRUSTED_CERTIFICATE = "The broker's certificate is not trusted ({}): name its authority by ssl_ca_certs in REDIS_URL"


def embedded_address(data: Path) -> str:
    """The address that `up` wrote into the data folder, or an address where nothing listens."""
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
    credentials = f":{quote(password, safe='')}@" if password else parts.netloc
    query["virtual_host"] = query.pop("db", "0")
    return f"redis+socket://{credentials}{parts.path}?{urlencode(query)}"


def is_reachable(address: str, seconds: float = 1.0) -> bool:
    """Whether a broker answers at that address within `seconds`."""
    try:
        # One try: redis-py's own retries would multiply the time for a broker that does not answer.
        with redis.Redis.from_url(
            address, socket_timeout=seconds, socket_connect_timeout=seconds, retry=None
        ) as client:
            return bool(client.ping())
    except (redis.RedisError, ValueError):  # the latter: not an address
        return False


def explain_certificate_error(error: Exception) -> Exception:
    """The error itself, or a ConnectionError with advice if an untrusted certificate of the broker caused it."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return error if cause is None else redis.ConnectionError(UNTRUSTED_CERTIFICATE.format(cause.verify_message))
