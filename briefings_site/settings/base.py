"""What every environment shares. Values that differ come from the environment, by name."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE
from wagtail.embeds import oembed_providers

from .billing import *
from .billing import STRIPE_PAGES
from .cdn import *

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()

DEBUG = False
DEMO = False
# A site that no reader uses: only there plant_canaries may plant.
STAGING = env.bool("STAGING", default=False)
SITE_NAME = env.str("SITE_NAME", default="Marquee")
BASE_URL = env.str("BASE_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}").rstrip("/")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
ROOT_URLCONF = "briefings_site.urls"
WSGI_APPLICATION = "briefings_site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "credits",
    "accounts",
    "insights",
    "articles",
    "briefings_site",
    "allauth",
    "allauth.account",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.typed_table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "accounts.apps.StaffUsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.contrib.settings",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sitemaps",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.privacy.KeptOnlyWherePublic",
    "articles.visitors.VisitorPages",
    "articles.readers.ReaderPages",
    "briefings_site.policy.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.privacy.PrivateResponses",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "articles.sites.KnownSite",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "articles.context.masthead",
            ],
        },
    }
]

DATABASES: dict[str, Any] = {}
# Whose the tables are, for manage.py migrate alone. Without it one role does everything.
DATABASE_OWNER: dict[str, Any] = {}
DATABASE_OWNER_REQUIRED = False


def database(url: str) -> dict[str, Any]:
    """A pool where threads serve requests (wsgi.py asks for it), one kept connection everywhere else."""
    config = dict(env.db_url_config(url))
    pool_size = env.int("DATABASE_POOL_SIZE", default=0)
    if not pool_size:
        return config | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    config.setdefault("OPTIONS", {})["pool"] = {
        "min_size": 1,
        "max_size": pool_size,
        "timeout": 5,
        # A pool waits ever longer between tries, so a database away for a minute would be missed for another.
        # One that has given up tries anew with the next request: so as long as a request waits, no longer.
        "reconnect_timeout": 5,
    }
    # This one looks at each line before it lends it out, and asks the server only about those it may doubt.
    return config | {"ENGINE": "briefings_site.postgres", "CONN_MAX_AGE": 0}


def owner(url: str) -> dict[str, Any]:
    """No pool: the owner works alone, and never for long."""
    return {"OPTIONS": {}} | dict(env.db_url_config(url)) if url else {}


AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
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

# allauth
# One address, one code, one way in: docs/decisions/0003-one-door.md. Times are in seconds.
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "signed_out"
SESSION_COOKIE_AGE = 14 * 24 * 3600
ACCOUNT_ADAPTER = "accounts.adapter.Adapter"
ACCOUNT_FORMS = {
    "add_email": "accounts.forms.ChangeAddressForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "confirm_email_verification_code": "accounts.forms.ConfirmAddressForm",
    "confirm_login_code": "accounts.forms.ConfirmLoginCodeForm",
    "confirm_password_reset_code": "accounts.forms.ConfirmPasswordResetForm",
    "login": "accounts.forms.LoginForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "request_login_code": "accounts.forms.RequestLoginCodeForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "signup": "accounts.forms.SignupForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = 3
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 3
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
# The code times out, not the visit: a code sent again starts a new quarter of an hour.
ACCOUNT_LOGIN_TIMEOUT = 24 * 3600
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
# An office shares an address, so counts by IP are wide; counts by account stay narrow.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "30/m/ip,5/5m/key",
    "request_login_code": "60/m/ip,5/m/key",
    "signup": "60/m/ip",
}
STARTER_CREDITS = env.int("STARTER_CREDITS", default=3)
STARTER_CREDITS_DAYS = env.int("STARTER_CREDITS_DAYS", default=0)
# Hides in the ledger which addresses had starter credits. Empty: SECRET_KEY, and after a change of that a
# reader who left and returns is given them again.
STARTER_PEPPER = env.str("STARTER_PEPPER", default="")
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default=f"help@{urlsplit(BASE_URL).hostname or 'localhost'}")
# end of allauth

# The database, not the cache: a cache that is gone must not sign everybody out.
SESSION_ENGINE = "accounts.models.session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
# Wagtail opens its own previews to itself.
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"

# How many proxies of our own stand in front: X-Forwarded-For counts only so far.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
RATELIMIT_IP_META_KEY = "briefings_site.proxies.client_ip"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

# Bytes that each process may keep in its own memory of what is published, before it asks the cache. With both
# full it holds about 205 MiB; a byte of the first weighs a third more than it counts.
SHELF_BYTES = env.int("SHELF_BYTES", default=16 * 1024 * 1024)
# The same of signed-in readers' pages: 700 long ones, 1,100 of all lengths.
SHEETS_BYTES = env.int("SHEETS_BYTES", default=16 * 1024 * 1024)
# The same of what searches found: 350 of them.
ANSWERS_BYTES = env.int("ANSWERS_BYTES", default=2 * 1024 * 1024)
# Seconds that another machine may not have heard of a change. Processes of one machine hear at once.
VERSION_TRUSTED_SECONDS = 0.1

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
# A web server or an object store does this in production.
SERVE_MEDIA = False
# What stands in insight sections: apart from all that has an address. An object store may take this place.
PRIVATE_MEDIA_ROOT = DATA_DIR / "private"
# Where the proxy finds the private storage under an internal location; empty: the site sends the bytes.
PRIVATE_ACCEL_REDIRECT = env.str("PRIVATE_ACCEL_REDIRECT", default="").rstrip("/")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": PRIVATE_MEDIA_ROOT,
            "base_url": None,
            "file_permissions_mode": 0o640,
            "directory_permissions_mode": 0o750,
        },
    },
    "staticfiles": {"BACKEND": "briefings_site.sheets.OneSheet"},
}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}

DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL", default=f"{SITE_NAME} <noreply@{urlsplit(BASE_URL).hostname or 'localhost'}>"
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 10

# Who is told when something is wrong, and who keeps the daily head of the ledger where we cannot reach it.
ALERT_TO: list[str] = env.list("ALERT_TO", default=[])
LEDGER_HEAD_TO: list[str] = env.list("LEDGER_HEAD_TO", default=[])
LEDGER_SEAL_EVERY = env.int("LEDGER_SEAL_EVERY", default=60)
LEDGER_AUDIT_EVERY = env.int("LEDGER_AUDIT_EVERY", default=3600)

WAGTAIL_SITE_NAME = SITE_NAME
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAIL_I18N_ENABLED = False
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
# Readers and staff sign in one way: by the address that accounts checks, with its limits.
WAGTAILADMIN_LOGIN_URL = "/accounts/login/"
WAGTAIL_FRONTEND_LOGIN_URL = "/accounts/login/"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILUSERS_PASSWORD_REQUIRED = False
WAGTAILIMAGES_IMAGE_MODEL = "articles.Picture"
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 15 * 1024 * 1024
WAGTAILIMAGES_JPEG_QUALITY = 76
WAGTAILIMAGES_WEBP_QUALITY = 78
WAGTAILIMAGES_AVIF_QUALITY = 55
# 0 to 10: from the smallest files to the least work.
AVIF_SPEED = env.int("AVIF_SPEED", default=6)
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "pdf", "pptx", "txt", "xlsx"]
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILSEARCH_BACKENDS = {
    "default": {
        "BACKEND": "wagtail.search.backends.database",
        "SEARCH_CONFIG": "english",
        "AUTO_UPDATE": True,
    }
}
WAGTAILEMBEDS_FINDERS = [
    {
        "class": "wagtail.embeds.finders.oembed",
        "providers": [oembed_providers.youtube, oembed_providers.vimeo],
    }
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "troubles": {"class": "logging.StreamHandler", "formatter": "line", "level": "WARNING"},
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Django hangs handlers of its own here, silent outside DEBUG.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        # A line for every page saved is in Wagtail's own log.
        "wagtail": {"level": "WARNING"},
        # Two lines a task would bury the rest; the worker sets its loggers' levels itself.
        "django_tasks": {"handlers": ["troubles"], "propagate": False},
        "django_tasks_db": {"handlers": ["troubles"], "propagate": False},
        # Two lines a request.
        "stripe": {"level": "WARNING"},
        # A hundred lines for every PDF.
        "fontTools": {"level": "ERROR"},
        "fpdf": {"level": "ERROR"},
        # Scanners ask for other hosts all day: refused, and not news.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *STRIPE_PAGES],
        "frame-src": ["https://www.youtube-nocookie.com", "https://player.vimeo.com"],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    },
}

# Wagtail's admin writes inline scripts and styles, which nonces would switch off.
ADMIN_CONTENT_SECURITY_POLICY = {
    "default-src": [SELF],
    "script-src": [SELF, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
    "font-src": [SELF, "data:"],
    "connect-src": [SELF],
    "form-action": [SELF],
    "frame-src": [SELF, "https://www.youtube-nocookie.com", "https://player.vimeo.com"],
    "frame-ancestors": [SELF],
    "base-uri": [SELF],
    "object-src": [NONE],
}
