"""Heartbeats of workers and beat: each process records one every two seconds."""

from __future__ import annotations

import os
import socket
from datetime import timedelta

from django.db import models
from django.db.models import Sum

from jobs.clock import database_now

HEARTBEAT_LIFETIME = timedelta(seconds=8)
MAX_WORKER_NAME_CHARACTERS = 200  # of a process: the rest is cut off
HOST_NAME = socket.gethostname()
MAIN_PID = os.getpid()  # read at import, before the fork: children keep the pid of their worker


class WorkerQuerySet(models.QuerySet["Worker"]):
    """Query sets of worker processes."""

    def alive(self) -> WorkerQuerySet:
        """Workers with a heartbeat within HEARTBEAT_LIFETIME, without beat."""
        return self.filter(role=Worker.WORKER, beat_at__gt=database_now() - HEARTBEAT_LIFETIME)

    def processes(self) -> int:
        """The total number of pool processes of the living workers: that many items can run at once."""
        return self.alive().aggregate(n=Sum("processes"))["n"] or 0


class Worker(models.Model):
    """One Celery process: a worker, or beat."""

    WORKER, BEAT = "worker", "beat"

    name = models.CharField(max_length=MAX_WORKER_NAME_CHARACTERS, primary_key=True)
    role = models.CharField(max_length=6)
    processes = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    objects = WorkerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @classmethod
    def own_name(cls, role: str = WORKER) -> str:
        """The unique name of this process's worker or beat: `role@host:pid`, in a child with the parent's pid."""
        return f"{role}@{HOST_NAME}:{MAIN_PID}"

    @classmethod
    def record_heartbeat(cls, name: str, role: str, processes: int = 0) -> None:
        """Record a heartbeat at the database's time, in a new row for a new name."""
        now = database_now()
        cls.objects.update_or_create(
            name=name,
            defaults={"role": role, "processes": processes, "beat_at": now},
            create_defaults={"role": role, "processes": processes, "beat_at": now, "started_at": now},
        )

    @classmethod
    def is_beat_alive(cls) -> bool:
        """Whether beat, which calls the rescuer, has a heartbeat within HEARTBEAT_LIFETIME."""
        return cls.objects.filter(role=cls.BEAT, beat_at__gt=database_now() - HEARTBEAT_LIFETIME).exists()

    @classmethod
    def delete_stale(cls) -> None:
        """Delete the rows of processes without a heartbeat for an hour."""
        cls.objects.filter(beat_at__lt=database_now() - timedelta(hours=1)).delete()


class WorkerName(models.Model):
    """The name of a worker, stored once: items and attempts refer to it by number."""

    name = models.CharField(max_length=MAX_WORKER_NAME_CHARACTERS, unique=True)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def key_of(cls, name: str) -> int:
        """The primary key of a name, which is created if it is missing."""
        return cls.objects.get_or_create(name=name[:MAX_WORKER_NAME_CHARACTERS])[0].pk
