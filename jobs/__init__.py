"""The engine: jobs that can be cancelled, resumed and retried, on Celery and a database.

Nothing here knows what an item is: a kind of job, registered by another app, says how an item is processed.
"""
