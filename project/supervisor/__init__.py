"""Starts the parts of Stopbath on one machine and restarts what ends: for the commands `up` and `prepare`.

What happens inside a worker is `project.celery` and `jobs.worker`.
"""
