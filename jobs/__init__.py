"""The engine: jobs that can be cancelled, resumed and retried. Knows nothing of photos."""
