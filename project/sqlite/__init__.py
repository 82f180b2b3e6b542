"""Django's SQLite backend with a line in which writers wait.

Nothing here knows a model; PostgreSQL needs none of it.
"""
