#!/usr/bin/env python
"""The command line of Stopbath: `manage.py up` starts everything."""

import os
import sys

if sys.version_info < (3, 12):
    sys.exit("stopbath: Python 3.12 or newer is needed, this is %d.%d: run `make run`." % sys.version_info[:2])
try:
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
except ModuleNotFoundError:
    sys.exit("stopbath: This Python has no Django: run `make run`, or use .venv/bin/python.")


def main() -> None:
    """Run one management command; a wrong setting is told in one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as wrong:
        sys.exit(f"stopbath: {wrong}")


if __name__ == "__main__":
    main()
