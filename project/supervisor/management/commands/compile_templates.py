"""`manage.py compile_templates`: finds broken templates before a visitor does."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.template import engines
from django.template.backends.django import DjangoTemplates


class Command(BaseCommand):
    """Compiles every template of this project."""

    help = "Compile every template of this project; stops at the first broken one."

    def handle(self, *args: Any, **options: Any) -> None:
        engine = engines["django"]
        if not isinstance(engine, DjangoTemplates):
            raise TypeError("The engine named django is another one.")
        names = [
            path.relative_to(folder).as_posix()
            for folder in map(Path, engine.template_dirs)
            if folder.is_relative_to(settings.BASE_DIR) and ".venv" not in folder.parts
            for path in folder.rglob("*")
            if path.is_file()
        ]
        for name in names:
            engine.get_template(name)
        self.stdout.write(f"{len(names)} templates compile.")
