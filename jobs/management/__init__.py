"""The command `jobs`, and arguments for commands of all apps.

Verbs belong to `jobs.models`; a command finds jobs, calls one verb and prints the result.
"""
