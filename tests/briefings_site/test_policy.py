from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from briefings_site.policy import PolicyMiddleware
from briefings_site.proxies import client_ip


def test_the_public_site_allows_no_inline_code_and_no_other_host(client: Client) -> None:
    policy = client.get("/livez")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_admin_has_a_policy_of_its_own(client: Client) -> None:
    response = client.get(reverse("wagtailadmin_login"))
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert "object-src 'none'" in response["Content-Security-Policy"]
    assert "Content-Security-Policy-Report-Only" not in response


def test_a_page_is_framed_by_nobody_and_its_preview_by_the_editor() -> None:
    request = RequestFactory().get("/")
    policy = PolicyMiddleware(lambda _: HttpResponse())
    assert "frame-ancestors 'none'" in policy(request)["Content-Security-Policy"]
    request.is_preview = True  # type: ignore[attr-defined]
    assert "frame-ancestors 'self'" in policy(request)["Content-Security-Policy"]


def test_a_forwarded_address_counts_only_behind_our_own_proxies(settings: Settings) -> None:
    request = RequestFactory().get(
        "/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}
    )
    settings.TRUSTED_PROXY_COUNT = 0
    assert client_ip(request) == "10.0.0.1"
    settings.TRUSTED_PROXY_COUNT = 1
    assert client_ip(request) == "203.0.113.9"
    settings.TRUSTED_PROXY_COUNT = 3
    assert client_ip(request) == "10.0.0.1"
