"""Heartbeats of workers and beat: each records one every two seconds."""

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
MAIN_PID = os.getpid()  # children are forked later, and keep their worker's


class WorkerQuerySet(models.QuerySet["Worker"]):
    """The sets of processes that the engine speaks of."""

    def alive(self) -> WorkerQuerySet:
        """Workers heard of lately."""
        return self.filter(role=Worker.WORKER, beat_at__gt=database_now() - HEARTBEAT_LIFETIME)

    def processes(self) -> int:
        """How many items can be in work at once, over all living workers."""
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
        """How this process signs, and nobody else: a child with the name of the worker that it belongs to."""
        return f"{role}@{HOST_NAME}:{MAIN_PID}"

    @classmethod
    def record_heartbeat(cls, name: str, role: str, processes: int = 0) -> None:
        """Record a heartbeat."""
        now = database_now()
        cls.objects.update_or_create(
            name=name,
            defaults={"role": role, "processes": processes, "beat_at": now},
            create_defaults={"role": role, "processes": processes, "beat_at": now, "started_at": now},
        )

    @classmethod
    def is_beat_alive(cls) -> bool:
        """Whether beat, which calls the rescuer, was heard of lately."""
        return cls.objects.filter(role=cls.BEAT, beat_at__gt=database_now() - HEARTBEAT_LIFETIME).exists()

    @classmethod
    def delete_stale(cls) -> None:
        """Drop the rows of processes that have been gone for an hour."""
        cls.objects.filter(beat_at__lt=database_now() - timedelta(hours=1)).delete()


class WorkerName(models.Model):
    """The name of a worker process, kept once: every attempt of every item points at one."""

    name = models.CharField(max_length=MAX_WORKER_NAME_CHARACTERS, unique=True)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def key_of(cls, name: str) -> int:
        """The number that stands for that name."""
        return cls.objects.get_or_create(name=name[:MAX_WORKER_NAME_CHARACTERS])[0].pk
