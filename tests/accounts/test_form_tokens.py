"""Our own mask over the secret of forms is one that Django takes off."""

from collections import Counter

from django.middleware.csrf import _does_token_match, _unmask_cipher_token, get_token
from django.test import RequestFactory

from accounts import form_tokens
from accounts.form_tokens import CHARACTERS, drawn, is_secret, masked


def secret() -> str:
    request = RequestFactory().get("/")
    get_token(request)
    return request.META["CSRF_COOKIE"]


def test_django_takes_the_mask_off() -> None:
    for _ in range(200):
        hidden = secret()
        assert _unmask_cipher_token(masked(hidden)) == hidden
        assert _does_token_match(masked(hidden), hidden)


def test_every_mask_is_another() -> None:
    hidden = secret()
    assert len({masked(hidden) for _ in range(200)}) == 200


def test_no_character_comes_more_often_than_another() -> None:
    counted = Counter(number for _ in range(4000) for number in drawn())
    assert counted.keys() == set(range(len(CHARACTERS)))
    assert max(counted.values()) < 1.15 * min(counted.values())


def test_unlucky_draws_are_drawn_again(monkeypatch) -> None:
    draws = iter([bytes([255]) * 64, bytes(64)])
    monkeypatch.setattr(form_tokens.os, "urandom", lambda length: next(draws))
    assert drawn() == bytes(32)


def test_a_new_secret_is_one_of_djangos_kind() -> None:
    secrets = {form_tokens.new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(is_secret(each) and _does_token_match(masked(each), each) for each in secrets)


def test_what_is_no_secret_of_djangos_is_not_taken_for_one() -> None:
    assert is_secret(secret())
    assert not any(map(is_secret, ("", "a" * 31, "a" * 64, "a" * 31 + "-", "é" * 32)))
