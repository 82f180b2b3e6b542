"""How the web server runs: `gunicorn -c python:project.supervisor.gunicorn project.wsgi`."""

from typing import Any

from project.supervisor.die_with_parent import die_with_parent

workers = 2
threads = 4
worker_class = "gthread"
# Of the worker, not of a request: an upload or a download may take as long as it takes.
timeout = 60
graceful_timeout = 5
keepalive = 5
# Said once a start instead of once a request; errors are always logged.
accesslog = None
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """No worker outlives the web server."""
    die_with_parent()
