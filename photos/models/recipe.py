"""Saved lists of steps."""

from django.conf import settings
from django.db import models
from uuid_utils.compat import uuid7


class Recipe(models.Model):
    """A list of steps under a name."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recipes")
    name = models.CharField(max_length=100)
    steps = models.JSONField()  # [{"operation": …, "options": {…}}]
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "-id"], name="recipe_newest")]

    def __str__(self) -> str:
        return self.name
