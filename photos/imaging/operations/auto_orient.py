"""Turn upright: for people who look for it, since every picture is turned upright first."""

from photos.imaging.operations.schema.base import Operation


class AutoOrient(Operation):
    """Nothing beyond what happens to every picture first: it is turned upright."""

    name = "auto-orient"
    label = "Turn upright"
    help = "Turns the picture the way the camera was held. Every picture is turned upright first, with or without this."
    changes_pixels = False
