"""Django's SQLite backend with a queue of writers.

Nothing here knows a model; PostgreSQL needs none of it.
"""
