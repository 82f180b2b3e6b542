"""Which addresses programs ask: they are answered in JSON, never with a page or a redirect to one."""

JSON_PATHS = ("/api/", "/photos/batch/cancel", "/healthz", "/metrics")
