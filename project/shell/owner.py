"""The owner of the photos and jobs of a command."""

from django.core.management.base import CommandError

from jobs.wording import unknown_user
from project.accounts.models import LOCAL_USERNAME, User


def find_owner(name: str | None) -> User:
    """The user with that name; without a name the only account, or the first administrator. Raises CommandError.

    On a machine without accounts, creates the local user, whose photos the first account takes over.
    """
    if name:
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(unknown_user(name))
        return user
    users = list(User.objects.filter(is_active=True).order_by("-is_superuser", "pk")[:2])
    if not users:
        return User.objects.create_user(LOCAL_USERNAME)
    if len(users) > 1 and not users[0].is_superuser:
        raise CommandError("There are several users and no administrator: say whose it is with --user NAME.")
    return users[0]
