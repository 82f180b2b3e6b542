"""Celery tasks of the library: one call each."""

from celery import shared_task

from photos.files import storage
from photos.library import integrity


@shared_task(name="photos.upkeep")
def upkeep() -> None:
    """Clean the storage up after killed processes and rolled-back uploads."""
    storage.sweep_incoming()
    integrity.quarantine_orphans()
