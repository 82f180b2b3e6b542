"""What there is to count."""

from django.db import models


class TextFile(models.Model):
    """A text file that somebody asked for."""

    folder = models.CharField(max_length=500)
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name
