"""What Celery runs for the library: one call each."""

from celery import shared_task

from photos.files import storage
from photos.library import integrity


@shared_task(name="photos.upkeep")
def upkeep() -> None:
    """Put the storage in order: what killed processes and rolled-back uploads left."""
    storage.sweep_incoming()
    integrity.quarantine_orphans()
