"""Code in a Celery child: lanes, the watcher, fair shares, the shutdown.

Repair from outside of the worker belongs to `jobs.recovery`; moves between statuses belong to `jobs.states`.
"""
