"""What mends: heartbeats, the rescuer's loop, lost messages and lanes, jobs whose end was cut short, old jobs.

It runs in beat and in tasks of its own, never in a request and never while an item is in hand.
"""
