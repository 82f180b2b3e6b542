"""A site of its own around the engine: no photos, nothing of the product, only what `jobs` needs.

Always on SQLite: the engine's own tests run on both databases, this one shows what a project has to bring.
"""

import os
from pathlib import Path

from kombu import Exchange, Queue

HERE = Path(__file__).parent
DATA = Path(os.environ["STANDALONE_DATA"])

SECRET_KEY = "nothing here is secret"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.standalone.urls"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
LOGIN_URL = "admin:login"

INSTALLED_APPS = [
    "tests.standalone.lines",
    "jobs",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],  # templates/jobs is a link to the engine's: its templates come, no others do
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "jobs.web.context_processors.notices",
            ],
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA / "standalone.sqlite3",
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL;"},
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["jobs.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "jobs.errors.handle_exception",
}

CELERY_BROKER_URL = os.environ["STANDALONE_BROKER"]
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": "standalone:"}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "lanes"
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in ("fresh", "lanes", "upkeep")]
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA / "beat")

STOPBATH_MAX_SECONDS = 60
STOPBATH_MAX_STUCK_SECONDS = 30
STOPBATH_MAX_IDLE_SECONDS = 10
STOPBATH_KEEP_JOBS_DAYS = 0
