"""What runs inside a Celery child: lanes, the watcher, the shutdown.

What looks after workers from outside is `jobs.recovery`; what a status may become is `jobs.states`.
"""
