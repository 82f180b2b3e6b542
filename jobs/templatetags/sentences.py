"""What pages tell their scripts, which have to say the same as the server."""

from typing import Any

from django import template

from jobs import wording
from jobs.kinds import registry

register = template.Library()


@register.simple_tag
def script_sentences() -> dict[str, Any]:
    """Sentences by name; under `phases`, by kind and phase, the phase's title and whether it follows the files."""
    return {
        "gone": wording.NOT_FOUND_OR_COMPLETED,
        "nothing_running": wording.NOTHING_RUNNING,
        "waiting": wording.WAITING_FOR_WORKER,
        "phases": {
            kind.name: {
                name: {"title": phase.title, "follows_files": phase.follows_files}
                for name, phase in kind.phases.items()
            }
            for kind in registry.values()
        },
    }
