"""The engine: jobs that can be cancelled, resumed and retried. What their items are is told by kinds."""
