"""Starts the parts of Stopbath on one machine, and starts again what ends: `manage.py up`.

Ours, for none of supervisord, circus and honcho is one command that ends its parts even when it is killed itself, finds
those of an earlier start, and says in one sentence why it does not start.
"""
