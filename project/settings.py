"""Every setting of the site; those of the operator come from the environment. See docs/settings.md."""

from pathlib import Path
from typing import Any

import dj_database_url
from celery.schedules import schedule
from django.core.exceptions import ImproperlyConfigured
from kombu import Exchange, Queue

from project.celery.memory_limit import MIN_MEGABYTES
from project.environment import MAX_PORT, Environment, read_or_create_secret
from project.supervisor.broker_address import celery_address, embedded_address

BASE_DIR = Path(__file__).resolve().parent.parent
environment = Environment()

# ------------------------------------------------------------------ folders

STOPBATH_DATA = environment.folder("STOPBATH_DATA", BASE_DIR / "data")
if environment.text("STOPBATH_STORAGE").startswith("s3://"):
    raise ImproperlyConfigured("STOPBATH_STORAGE=s3://… is not supported yet: name a folder.")
STOPBATH_STORAGE = environment.folder("STOPBATH_STORAGE", STOPBATH_DATA / "media")
STOPBATH_RESULTS = environment.shared_folder("STOPBATH_RESULTS", STOPBATH_DATA, STOPBATH_STORAGE)

# ------------------------------------------------------------------ the site

DEBUG = environment.flag("DEBUG")
SECRET_KEY = environment.text("SECRET_KEY") or read_or_create_secret(STOPBATH_DATA / "secret-key")
ALLOWED_HOSTS = environment.comma_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = environment.comma_list("CSRF_TRUSTED_ORIGINS", "")
PORT = environment.whole_number("PORT", 8000, 1, MAX_PORT)
HTTPS = environment.flag("STOPBATH_HTTPS")

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False

INSTALLED_APPS = [
    "project.accounts",
    "project.shell",
    "project.supervisor",
    "photos",
    "jobs",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "project.web.head_requests.HeadMiddleware",
    "project.web.errors.PlainAddressMiddleware",
    "project.web.errors.LengthRequiredMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "project.web.fragments.FragmentMiddleware",
    "project.web.errors.NotAllowedMiddleware",
    "project.accounts.middleware.SignedOutMiddleware",
    "project.accounts.middleware.FirstStartMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "jobs.web.context_processors.notices",
            ],
        },
    }
]

JOBS_BASE_TEMPLATE = "jobs_page.html"
JOBS_EMPTY_TEMPLATE = "photos/_no_jobs.html"
JOBS_HOME = "library"
JOBS_CANCEL_ALL_HOME = "settings"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = STOPBATH_DATA / "static"
STATICFILES_DIRS = [BASE_DIR / "project" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "project.web.static_files.HashedStaticFilesStorage"},
}
MEDIA_ROOT = STOPBATH_STORAGE

# ------------------------------------------------------------------ authentication and security

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "library"
LOGOUT_REDIRECT_URL = "sign-in"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_VERBOSE = False

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "blob:", "data:"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "script-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'"],
}

# ------------------------------------------------------------------ database

DATABASE_URL = environment.url("DATABASE_URL", "", ("postgres", "postgresql", "sqlite"))
SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-20000;",
}
POSTGRES = {  # a connection that died unnoticed ends within 11 seconds; options in DATABASE_URL override these
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # ms without an acknowledgement of data that was sent
}
DATABASES: dict[str, Any]
if DATABASE_URL:
    DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=600, conn_health_checks=True)}
    if DATABASES["default"]["ENGINE"].endswith("postgresql"):
        DATABASES["default"]["OPTIONS"] = POSTGRES | DATABASES["default"].get("OPTIONS", {})
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": STOPBATH_DATA / "stopbath.sqlite3"}}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["ENGINE"] = "project.sqlite"  # Django's, with a queue of writers
    DATABASES["default"]["OPTIONS"] = SQLITE
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["TEST"] = {"NAME": STOPBATH_DATA / "test.sqlite3"}

# ------------------------------------------------------------------ REST

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "project.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "jobs.api.parsers.StrictJSONParser",
        "jobs.api.parsers.TextFormParser",
        "jobs.api.parsers.TextMultiPartParser",
    ],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "jobs.api.negotiation.AnyAcceptNegotiation",
    "DEFAULT_METADATA_CLASS": "jobs.api.metadata.NameMetadata",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "jobs.errors.handle_exception",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Stopbath",
    "DESCRIPTION": "Batches of photos that really stop, really resume, and never lose count.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {"ItemStatusEnum": "jobs.states.SHOWN_ITEM_STATUSES"},
}

# ------------------------------------------------------------------ Celery (docs/why-lanes.md says why each)

REDIS_URL = environment.broker_url("REDIS_URL")
CELERY_BROKER_URL = celery_address(REDIS_URL) or embedded_address(STOPBATH_DATA)
CELERY_WORKER_POOL = "project.celery.pool:Pool"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 30,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 5,  # a worker reconnects within 1 + 2 x 5 s after its connection died unnoticed
    "global_keyprefix": "stopbath:",
}
CELERY_TASK_DEFAULT_QUEUE = "lanes"
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in ("fresh", "lanes", "upkeep")]
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 7.0  # seconds after a QUIT; a TERM takes no longer (jobs/worker/shutdown.py)
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 1_500_000  # KiB
CELERY_BEAT_SCHEDULE_FILENAME = str(STOPBATH_DATA / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": schedule(3600.0), "options": {"queue": "upkeep", "expires": 3600}}
    for name, task in (("prune", "jobs.prune"), ("upkeep", "photos.upkeep"))
}

# ------------------------------------------------------------------ limits

STOPBATH_MAX_MEGAPIXELS = environment.whole_number("STOPBATH_MAX_MEGAPIXELS", 250, 1, 2000)
STOPBATH_MAX_UPLOAD_MB = environment.whole_number("STOPBATH_MAX_UPLOAD_MB", 500, 1, 100_000)
STOPBATH_MAX_SECONDS = environment.whole_number("STOPBATH_MAX_SECONDS", 600, 1, 86_400)
STOPBATH_MAX_STUCK_SECONDS = environment.whole_number("STOPBATH_MAX_STUCK_SECONDS", 30, 2, 3600)
STOPBATH_MAX_IDLE_SECONDS = environment.whole_number("STOPBATH_MAX_IDLE_SECONDS", 10, 2, 3600)
STOPBATH_MAX_MEMORY_MB = environment.whole_number("STOPBATH_MAX_MEMORY_MB", 4096, 0, 1_000_000)
if 0 < STOPBATH_MAX_MEMORY_MB < MIN_MEGABYTES:
    raise ImproperlyConfigured(f"STOPBATH_MAX_MEMORY_MB must be {MIN_MEGABYTES} or more, or 0 for no limit.")
STOPBATH_MAX_ARCHIVE_MB = environment.whole_number("STOPBATH_MAX_ARCHIVE_MB", 10_000, 1, 1_000_000)
STOPBATH_KEEP_JOBS_DAYS = environment.whole_number("STOPBATH_KEEP_JOBS_DAYS", 0, 0, 100_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 25_000
DATA_UPLOAD_MAX_NUMBER_FILES = 2_000
FILE_UPLOAD_TEMP_DIR = STOPBATH_STORAGE

# ------------------------------------------------------------------ classification

STOPBATH_VISION_URL = environment.url("STOPBATH_VISION_URL", "", ("http", "https"))
STOPBATH_VISION_KEY = environment.text("STOPBATH_VISION_KEY")
STOPBATH_VISION_MODEL = environment.text("STOPBATH_VISION_MODEL")
if STOPBATH_VISION_URL and not STOPBATH_VISION_MODEL:
    raise ImproperlyConfigured("STOPBATH_VISION_URL needs STOPBATH_VISION_MODEL: the name of the model to ask for.")
for name in ("STOPBATH_VISION_KEY", "STOPBATH_VISION_MODEL"):
    if environment.text(name) and not STOPBATH_VISION_URL:
        raise ImproperlyConfigured(f"{name} is of no use without STOPBATH_VISION_URL: the address of the endpoint.")
# Languages of scanned text, as Tesseract names them ("eng+deu"), and the folder with their *.traineddata.
STOPBATH_OCR_LANGUAGES = environment.text("STOPBATH_OCR_LANGUAGES", "eng")
STOPBATH_TESSDATA = environment.text("STOPBATH_TESSDATA")
# Such as {"category": 0.6}; photos/classification/thresholds.py has their names, meanings and defaults.
STOPBATH_THRESHOLDS: dict[str, Any] = {}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname:7} {name}: {message}", "style": "{"}},
    "filters": {"lost workers": {"()": "project.celery.logs.LostWorkerFilter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "axes": {"level": "WARNING"},
        # A line for every turn of every lane and for every tick would bury all others.
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.worker.request": {"filters": ["lost workers"]},
        "pikepdf": {"level": "WARNING"},
        # The record of each call says more than a log line.
        "httpx2": {"level": "WARNING"},
        # libvips logs every step of every picture, which also takes time.
        "pyvips": {"level": "WARNING"},
    },
}
