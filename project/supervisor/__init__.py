"""Starts the parts of Stopbath on one machine, and starts again what ends: `manage.py up`."""
