"""The environment: read with a type each, and a wrong value is told by name."""

import ast
import inspect
import json
import os
import re
import subprocess
import sys
from collections import Counter

import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured

from photos.imaging.formats import Limits
from project import settings as source
from project.environment import Environment, read_or_create_secret
from project.supervisor.parts import BASE_DIR

WRONG = {
    "PORT": ["0", "65536", "http", "-1", "8000.5", "²"],
    "DEBUG": ["maybe", "2"],
    "DATABASE_URL": ["mysql://somewhere/x", "stopbath.sqlite3", "postgres://u:p#x@h/db", "postgres://u:p@h:port/db"],
    "REDIS_URL": ["localhost:6379", "http://localhost", "redis://:p#w@redis:6379/0", "redis://redis:six/0"],
    "STOPBATH_DATA": ["/dev/null/data"],
    "STOPBATH_STORAGE": ["s3://bucket"],
    "STOPBATH_RESULTS": ["/dev/null", "/not/there", "/"],
    "STOPBATH_MAX_MEGAPIXELS": ["0", "many"],
    "STOPBATH_MAX_UPLOAD_MB": ["-5"],
    "STOPBATH_MAX_MEMORY_MB": ["511", "-1", "much"],
    "STOPBATH_VISION_URL": ["localhost:11434", "ftp://model/v1", "http://localhost/v1"],
    "STOPBATH_VISION_MODEL": ["a-model-without-an-address"],
    "STOPBATH_VISION_KEY": ["a-key-without-an-address"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_value_is_told_by_name_in_one_sentence(name, value, tmp_path):
    """Every command stops before it does anything, without a traceback."""
    variables = os.environ | {"STOPBATH_DATA": str(tmp_path), name: value}

    outcome = subprocess.run([sys.executable, "manage.py", "up"], env=variables, capture_output=True, text=True)

    assert outcome.returncode == 1
    assert outcome.stderr.startswith(f"stopbath: {name}")
    assert outcome.stderr.count("\n") == 1
    assert outcome.stdout == ""


ADDRESSES = ["postgres://u:secret#1@h/db", "postgres://u:12#secret@h/db", "postgres://u:p/secret@h/db",
             "postgres://u:p?secret@h/db", "postgres://u:secret@h:65536/db",
             "postgres://u:secret@[::1/db", "sqlite:////secret#1/db"]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_would_be_read_as_another_one_is_refused_with_a_hint_and_without_its_password(address):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL cannot be read as an address") as refused:
        Environment({"DATABASE_URL": address}).url("DATABASE_URL", "", ("postgres", "sqlite"))

    assert "# is %23" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    ["postgres://u:p%23x@h/db", "postgres:///db", "postgres://u:a@b@h:5432/db?sslmode=require", "postgres://[::1]:1/db",
     "sqlite://:memory:", "sqlite:////data/a@b.sqlite3"],
)  # fmt: skip
def test_an_address_that_is_sound_is_taken(address):
    assert Environment({"DATABASE_URL": address}).url("DATABASE_URL", "", ("postgres", "sqlite")) == address


@pytest.mark.parametrize(("text", "value"), [("1", True), ("Yes", True), ("on", True), ("", False), ("off", False)])
def test_a_flag_is_on_or_off(text, value):
    assert Environment({"DEBUG": text}).flag("DEBUG") is value


def test_a_number_has_bounds():
    environment = Environment({"PORT": " 80 "})

    assert environment.whole_number("PORT", 8000, 1, 65535) == 80
    with pytest.raises(ImproperlyConfigured, match="PORT='80' is not a whole number from 100 to 200"):
        environment.whole_number("PORT", 8000, 100, 200)


def test_an_empty_variable_is_an_unset_one():
    assert Environment({"ALLOWED_HOSTS": ""}).comma_list("ALLOWED_HOSTS", "a, b") == ["a", "b"]


def test_the_secret_key_is_made_once_and_kept_private(tmp_path):
    secret = read_or_create_secret(tmp_path / "secret-key")

    assert len(secret) >= 50
    assert read_or_create_secret(tmp_path / "secret-key") == secret
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


def test_a_new_data_folder_is_private(tmp_path):
    folder = Environment({"STOPBATH_DATA": str(tmp_path / "data")}).folder("STOPBATH_DATA", tmp_path)

    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_shared_folder_must_be_there_and_apart_from_our_own(tmp_path):
    own, other, link = tmp_path / "data", tmp_path / "results", tmp_path / "link"
    own.mkdir()
    other.mkdir()
    link.symlink_to(own)

    def asked(path):
        return Environment({"STOPBATH_RESULTS": str(path)}).shared_folder("STOPBATH_RESULTS", own)

    assert asked("") is None
    assert asked(other) == other
    for wrong in (own, own / "media", link, tmp_path):
        wrong.mkdir(exist_ok=True)
        with pytest.raises(ImproperlyConfigured, match="must be a folder apart from"):
            asked(wrong)
    with pytest.raises(ImproperlyConfigured, match="is not a folder: make it, or mount it first"):
        asked(tmp_path / "missing")
    assert not (tmp_path / "missing").exists()


def options_of_database(tmp_path, query=""):
    """What the settings make of an address of a PostgreSQL."""
    address = f"postgres://stopbath@db.example/stopbath{query}"
    code = "import json; from project import settings; print(json.dumps(settings.DATABASES['default']['OPTIONS']))"
    output = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"STOPBATH_DATA": str(tmp_path), "DATABASE_URL": address},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(output.stdout)


def test_a_connection_to_the_database_that_dies_in_silence_ends_within_seconds(tmp_path):
    options = options_of_database(tmp_path)

    seconds = options["keepalives_idle"] + options["keepalives_interval"] * options["keepalives_count"]
    assert max(seconds, options["tcp_user_timeout"] / 1000) <= 11


def test_what_the_address_of_the_database_says_goes_before_our_own(tmp_path):
    options = options_of_database(tmp_path, "?tcp_user_timeout=60000&sslmode=require")

    assert (int(options["tcp_user_timeout"]), options["sslmode"]) == (60_000, "require")
    assert options["connect_timeout"] == 5


# ---------------------------------------------------------------- what docs/settings.md and docker-compose.yml say

COMPOSE = (BASE_DIR / "docker-compose.yml").read_text()
OF_COMPOSE_ALONE = {"POSTGRES_PASSWORD", "REDIS_PASSWORD"}
OF_GUNICORN = {"FORWARDED_ALLOW_IPS"}


def documented() -> list[tuple[str, str]]:
    """Each variable that the page tells of, with its default."""
    page = (BASE_DIR / "docs" / "settings.md").read_text()
    return re.findall(r"^\| `([A-Z][A-Z_]+)` \| ([^|]*) \|", page, re.MULTILINE)


def read_by_the_settings() -> dict[str, list[object]]:
    """Each variable that the settings read, with the literals that come after its name."""
    literals: dict[str, list[object]] = {}
    for call in ast.walk(ast.parse(inspect.getsource(source))):
        if isinstance(call, ast.Call) and re.fullmatch(r"environment\.\w+", ast.unparse(call.func)):
            name, *others = call.args
            if isinstance(name, ast.Constant):
                values = [other.value for other in others if isinstance(other, ast.Constant)]
                literals.setdefault(name.value, values)
    return literals


def test_every_variable_is_documented_once_and_every_documented_one_is_read():
    counts = Counter(name for name, _ in documented())

    assert set(counts.values()) == {1}
    assert set(counts) == set(read_by_the_settings()) | OF_GUNICORN | OF_COMPOSE_ALONE


def test_no_other_module_reads_a_variable_of_its_own():
    named = {
        name
        for app in ("project", "photos", "jobs")
        for path in (BASE_DIR / app).rglob("*.py")
        for name in re.findall(r"""["'](STOPBATH_[A-Z_]+)["']""", path.read_text())
    }

    assert named <= set(read_by_the_settings())


def test_the_defaults_are_those_that_the_page_tells():
    page_defaults, literals = dict(documented()), read_by_the_settings()
    literal = {name: values[0] for name, values in literals.items() if values and values[0] != ""}

    assert {"PORT", "ALLOWED_HOSTS", "STOPBATH_MAX_SECONDS", "STOPBATH_OCR_LANGUAGES"} <= set(literal)
    assert {name: page_defaults[name] for name in literal} == {name: f"`{value}`" for name, value in literal.items()}
    assert {page_defaults["DEBUG"], page_defaults["STOPBATH_HTTPS"]} == {"off"}


def test_the_bounds_are_those_that_the_page_tells():
    page = (BASE_DIR / "docs" / "settings.md").read_text()
    page_bounds = dict(re.findall(r"^\| `(STOPBATH_\w+)` \|.*?, (\d[\d,]* to \d[\d,]*)\b", page, re.MULTILINE))
    literals = {name: values[1:] for name, values in read_by_the_settings().items() if len(values) == 3}

    assert {"STOPBATH_MAX_UPLOAD_MB", "STOPBATH_MAX_ARCHIVE_MB", "STOPBATH_MAX_SECONDS"} <= set(page_bounds)
    assert page_bounds == {name: f"{literals[name][0]:,} to {literals[name][1]:,}" for name in page_bounds}


def test_pictures_are_as_large_by_default_without_the_settings():
    assert Limits().megapixels == read_by_the_settings()["STOPBATH_MAX_MEGAPIXELS"][0]


def test_docker_compose_passes_every_variable_on_but_those_that_the_page_names():
    passed_on = set(yaml.safe_load(COMPOSE)["x-stopbath"]["environment"])
    asked_for = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))
    names = {name for name, _ in documented()}

    assert passed_on | asked_for <= names
    assert names - passed_on - asked_for == {"DEBUG", "STOPBATH_STORAGE", "STOPBATH_RESULTS"}
    assert "# STOPBATH_RESULTS: /results" in COMPOSE
