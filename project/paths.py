"""The addresses for programs: answers are JSON, never a page or a redirect to one."""

JSON_PATHS = ("/api/", "/photos/batch/cancel", "/healthz", "/metrics")
