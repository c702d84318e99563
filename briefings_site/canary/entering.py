"""Signing in and out as a person does it: by the form."""

import re

from .asking import Person, Request
from .manifest import PlantedReader

LOGIN = "/accounts/login/"
LOGOUT = "/accounts/logout/"
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


class NotLetIn(Exception):
    pass


def enter(person: Person, reader: PlantedReader, *, session_cookie: str) -> None:
    """Come as this reader. Raises ``NotLetIn``."""
    if reader.session:
        person.cookies[session_cookie] = reader.session
    if not reader.password:
        return
    before = person.cookies.get(session_cookie)
    answer = person.post(LOGIN, form(person, LOGIN) | {"login": reader.email, "password": reader.password})
    if answer.status != 302 or person.cookies.get(session_cookie) in (None, before):
        raise NotLetIn(f"{reader.email} was not let in: {LOGIN} answered {answer.status}")


def leave(person: Person) -> None:
    """Raises ``NotLetIn`` where signing out does not work."""
    if person.post(LOGOUT, form(person, LOGOUT)).status != 302:
        raise NotLetIn("signing out did not work")


def form(person: Person, target: str) -> dict[str, str]:
    found = TOKEN.search(person.ask(Request(target)).content)
    if found is None:
        raise NotLetIn(f"{target} shows no form")
    return {"csrfmiddlewaretoken": found[1].decode()}
