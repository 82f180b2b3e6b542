"""The owner of the photos and jobs of a command."""

from django.core.management.base import CommandError

from jobs.wording import unknown_user
from project.accounts.models import LOCAL_USERNAME, User


def find_owner(name: str | None) -> User:
    """The user of that name; without one the only account, or the first administrator. Raises CommandError.

    On a machine without accounts the local user is created, whom the first account takes over.
    """
    if name:
        found = User.objects.filter(username=name).first()
        if found is None:
            raise CommandError(unknown_user(name))
        return found
    users = list(User.objects.filter(is_active=True).order_by("-is_superuser", "pk")[:2])
    if not users:
        return User.objects.create_user(LOCAL_USERNAME)
    if len(users) > 1 and not users[0].is_superuser:
        raise CommandError("There are several users and no administrator: say whose it is with --user NAME.")
    return users[0]
