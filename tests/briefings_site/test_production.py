import pytest

from .conftest import Run

SAFE = {
    "DJANGO_SETTINGS_MODULE": "briefings_site.settings.production",
    "SECRET_KEY": "k9-Vw3uB8xQz_7LmT2rYc5PdH6fGj1NsAe4RtUiOoXyZbWqKhM",
    "ALLOWED_HOSTS": "briefings.example,www.briefings.example",
    "DATABASE_URL": "postgresql://marquee_app:secret@db.example:5432/marquee",
    "CACHE_URL": "redis://cache.example:6379/0",
    "BASE_URL": "https://briefings.example",
    "EMAIL_URL": "smtp+tls://mail:secret@mail.example:587",
    "STRIPE_SECRET_KEY": "sk_live_nobodys0123456789",
    "STRIPE_WEBHOOK_SECRET": "whsec_nobodys0123456789abcdef",
}

UNSAFE = [
    ("SECRET_KEY", ""),
    ("SECRET_KEY", "short"),
    ("SECRET_KEY", "a" * 60),
    ("SECRET_KEY", "demo-only-key-that-production-settings-refuse-whatever-its-length"),
    ("SECRET_KEY", "django-insecure-8x!k2v9w3uB8xQz_7LmT2rYc5PdH6fGj1NsAe4Rt"),
    ("ALLOWED_HOSTS", ""),
    ("ALLOWED_HOSTS", "*"),
    ("ALLOWED_HOSTS", "briefings.example,*"),
    ("ALLOWED_HOSTS", "briefings.example,."),
    ("DATABASE_URL", ""),
    ("DATABASE_URL", "sqlite:///site.db"),
    ("DATABASE_URL", "postgresql://db.example/marquee"),
    ("DATABASE_OWNER_URL", "sqlite:///site.db"),
    ("DATABASE_OWNER_URL", "postgresql://db.example/marquee"),
    ("DATABASE_OWNER_URL", "postgresql://marquee_app:other@db.example:5432/marquee"),
    ("DATABASE_REPLICA_URL", "postgresql://db.example/marquee"),
    ("DATABASE_REPLICA_URL", "postgresql://marquee_app:secret@db.example:5432/marquee"),
    ("CACHE_URL", ""),
    ("CACHE_URL", "locmem://"),
    ("BASE_URL", ""),
    ("BASE_URL", "http://briefings.example"),
    ("BASE_URL", "https://elsewhere.example"),
    ("EMAIL_URL", ""),
    ("EMAIL_URL", "consolemail://"),
    ("EMAIL_URL", "smtp://"),
    ("STRIPE_SECRET_KEY", ""),
    ("STRIPE_SECRET_KEY", "pk_live_nobodys0123456789"),
    ("STRIPE_SECRET_KEY", "sk_live_short"),
    ("STRIPE_SECRET_KEY", "sk_test_nobodys0123456789"),
    ("STRIPE_WEBHOOK_SECRET", ""),
    ("STRIPE_WEBHOOK_SECRET", "whsec_short"),
    ("STRIPE_WEBHOOK_SECRET", "nobodys0123456789abcdef-nobodys"),
    ("STRIPE_WEBHOOK_SECRET", "whsec_nobodys0123456789abcdef,"),
    ("STRIPE_API_BASE", "http://127.0.0.1:8420"),
    ("STRIPE_API_BASE", "https://api.stripe.example"),
]


@pytest.mark.parametrize(("name", "value"), UNSAFE)
def test_each_unsafe_value_is_refused_by_name(name: str, value: str) -> None:
    from briefings_site.settings.refusals import refusals

    assert [line.split(":")[0] for line in refusals(SAFE | {name: value})] == [name]


def test_safe_values_are_not_refused() -> None:
    from briefings_site.settings.refusals import refusals

    assert list(refusals(SAFE)) == []
    assert list(refusals(SAFE | {"STRIPE_API_BASE": "https://api.stripe.com/"})) == []
    while_rotating = "whsec_nobodys0123456789abcdef, whsec_another0123456789abcdef"
    assert list(refusals(SAFE | {"STRIPE_WEBHOOK_SECRET": while_rotating})) == []


def test_test_keys_are_allowed_by_name() -> None:
    from briefings_site.settings.refusals import refusals

    test_mode = {"STRIPE_SECRET_KEY": "rk_test_nobodys0123456789", "STRIPE_TEST_MODE_ALLOWED": "1"}
    assert list(refusals(SAFE | test_mode)) == []


def test_no_refusal_repeats_a_secret() -> None:
    from briefings_site.settings.refusals import refusals

    hidden = {"SECRET_KEY": "hush-hush", "DATABASE_URL": "mysql://me:hush-hush@db.example/x"}
    assert "hush-hush" not in "".join(refusals(SAFE | hidden))


def test_production_names_everything_missing_at_once(run: Run) -> None:
    ended = run("manage.py", "check", DJANGO_SETTINGS_MODULE="briefings_site.settings.production")
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    for name in SAFE.keys() - {"DJANGO_SETTINGS_MODULE"}:
        assert f"{name}: is missing" in ended.stderr


def test_production_passes_the_deployment_check_without_a_warning(run: Run) -> None:
    ended = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **SAFE)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "no issues (0 silenced)" in ended.stdout


def test_migrations_ask_for_the_owner_and_nothing_else_does(run: Run) -> None:
    ended = run("manage.py", "migrate", **SAFE)
    assert ended.returncode == 1
    assert ended.stderr == (
        "manage.py: DATABASE_OWNER_URL: is missing: migrations run as the owner of the tables\n"
    )


def test_the_proxy_header_is_believed_only_when_named(run: Run) -> None:
    question = "from django.conf import settings; print(settings.SECURE_PROXY_SSL_HEADER)"
    assert run("-c", question, **SAFE).stdout.strip() == "None"
    named = run("-c", question, **SAFE, SECURE_PROXY_SSL_HEADER="X-Forwarded-Proto")
    assert named.stdout.strip() == "('HTTP_X_FORWARDED_PROTO', 'https')"
