"""People and their API tokens."""

import hashlib
import secrets
from typing import Self

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractUser
from django.db import models

LOCAL_USERNAME = "local"  # owns what commands make on a machine without accounts, until somebody makes the first one


class User(AbstractUser):
    """A person. Our own model from the first migration, so that it can grow."""

    @classmethod
    def has_no_accounts(cls) -> bool:
        """Whether nobody can have signed in yet."""
        return not cls.objects.exclude(username=LOCAL_USERNAME, password__startswith=UNUSABLE_PASSWORD_PREFIX).exists()


class Token(models.Model):
    """A key for programs. Shown once when made; only its hash is kept."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name or f"token {self.pk}"

    @classmethod
    def make(cls, owner: User, name: str = "") -> tuple[Self, str]:
        """A new token and its key: the key cannot be read again later."""
        key = secrets.token_urlsafe(32)
        return cls.objects.create(owner=owner, name=name, digest=hash_key(key)), key


def hash_key(key: str) -> str:
    """SHA-256 of a key, in hexadecimal. Keys are 256 random bits, so no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()
