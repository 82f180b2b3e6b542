"""Settings of the web server: `gunicorn -c python:project.supervisor.gunicorn project.wsgi`."""

from typing import Any

from project.supervisor.die_with_parent import die_with_parent

workers = 2
threads = 4
worker_class = "gthread"
# Of the worker, not of a request: uploads and downloads have no limit of time.
timeout = 60
graceful_timeout = 5
keepalive = 5
# No line per request; errors are always logged.
accesslog = None
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """End this worker with the web server, also after a SIGKILL."""
    die_with_parent()
