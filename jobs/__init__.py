"""The engine: jobs that can be cancelled, resumed and retried, on Celery and a database.

Nothing here knows what a file is or what is done to it: that is a kind's, in the app that registers it.
"""
