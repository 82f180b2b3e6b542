"""Starts the parts of Stopbath on one machine, and restarts ended ones: for the commands `up` and `prepare`.

The inside of a worker belongs to `project.celery` and `jobs.worker`.
"""
