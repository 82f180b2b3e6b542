"""People and their API tokens."""

import hashlib
import secrets
from typing import Self

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractUser
from django.db import models

MAX_TOKEN_NAME_CHARACTERS = 100
LOCAL_USERNAME = "local"  # owns the photos and jobs of commands until the first account takes them over


class User(AbstractUser):
    """An account. The model is the project's own from the first migration on, so that fields can be added."""

    @classmethod
    def has_no_accounts(cls) -> bool:
        """Whether there is no account; the local user without a usable password does not count."""
        return not cls.objects.exclude(username=LOCAL_USERNAME, password__startswith=UNUSABLE_PASSWORD_PREFIX).exists()


class Token(models.Model):
    """An API key. Its owner sees the key once; the database has only the hash."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=MAX_TOKEN_NAME_CHARACTERS, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name or f"token {self.pk}"

    @classmethod
    def make(cls, owner: User, name: str = "") -> tuple[Self, str]:
        """Create a token; returns it and its key, which is not stored."""
        key = secrets.token_urlsafe(32)
        return cls.objects.create(owner=owner, name=name, digest=hash_key(key)), key


def hash_key(key: str) -> str:
    """SHA-256 of a key, in hexadecimal. Keys are 256 random bits, so no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()
