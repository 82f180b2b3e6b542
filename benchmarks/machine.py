"""Describes the machine, the packages and the compared tools, without names or paths of the machine."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version

from benchmarks.baselines import VIPS_PROGRAM, find_image_magick, node_environment
from benchmarks.environments import find_postgres_programs
from project.supervisor.broker import find_server

PACKAGES = ("django", "celery", "redis", "psycopg", "pyvips", "pyvips-binary")
PEERS = ("rq", "dramatiq", "huey", "Pillow", "pypdfium2")
SHARP_VERSION = ("node", "-p", "require('sharp').versions.sharp")


def describe_machine() -> Iterator[str]:
    """The lines of the description."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    yield f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB of memory"
    yield f"{platform.system()}, Python {platform.python_version()}"
    yield ", ".join(package_version(name) for name in PACKAGES)
    programs = find_postgres_programs()
    postgres = [str(programs / "postgres"), "--version"] if programs else ()
    yield ", ".join((program_version("valkey", [find_server(), "--version"]), program_version("PostgreSQL", postgres)))
    tools = (
        program_version("vipsthumbnail", [VIPS_PROGRAM, "--version"]),
        program_version("sharp", SHARP_VERSION),
        program_version("GraphicsMagick", ["gm", "version"]),
        program_version("ImageMagick", [find_image_magick(), "-version"] if find_image_magick() else ()),
    )
    yield f"beside {', '.join([*map(package_version, PEERS), *tools])}"


def package_version(name: str) -> str:
    """A package and its version, or "no" and its name."""
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"no {name}"


def program_version(name: str, command: Sequence[str | None]) -> str:
    """A program and the version that it prints, or "no" and its name."""
    words = [word for word in command if word]
    if not words or not shutil.which(words[0]):
        return f"no {name}"
    result = subprocess.run(words, capture_output=True, text=True, env=node_environment())
    number = re.search(r"\d+(\.\d+)+(-\d+)?", result.stdout)
    return f"{name} {number[0]}" if number else f"no {name}"
