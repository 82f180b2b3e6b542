"""API tokens: `Authorization: Token <key>`."""

from datetime import timedelta

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from project.accounts.models import Token, User, hash_key

AUTH_KEYWORD = "Token"
USE_RECORD_INTERVAL = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """Authenticates a program by its key; only the hash of a key is compared."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        """The owner of the key, and the token; None without a header of this scheme. Raises AuthenticationFailed."""
        keyword, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if keyword.lower() != AUTH_KEYWORD.lower():
            return None
        token = Token.objects.select_related("owner").filter(digest=hash_key(key.strip())).first()
        if token is None or not token.owner.is_active:
            raise AuthenticationFailed("This token is not valid.")
        record_use(token)
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        """The scheme that a 401 names in WWW-Authenticate."""
        return AUTH_KEYWORD


def record_use(token: Token) -> None:
    """Record the time of use, at most once a minute: not every request should write."""
    now = timezone.now()
    if token.used_at is None or now - token.used_at >= USE_RECORD_INTERVAL:
        Token.objects.filter(pk=token.pk).update(used_at=now)
