"""Runs the engine one statement at a time, in an order that a seed chooses, and checks what comes of it.

Web requests, the rescuer and workers are threads of one process, and only one of them goes on at a time: until its
next statement, commit, message or change of a file. What belongs here is whatever chooses, replays and checks such
orders. Tests of single decisions stand beside the engine's modules, tests with real processes in `tests/faults`.
"""
