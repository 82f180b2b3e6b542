"""Repair: heartbeats, the rescuer's loop, lost messages and lanes, interrupted ends of jobs, deletion of old jobs.

This code runs in beat and in tasks of its own; code of requests and of running items does not belong here.
"""
