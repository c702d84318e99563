"""Django's sessions, each with whose it is. The settings name this module as SESSION_ENGINE."""

from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from .user import User


class ReaderSession(AbstractBaseSession):
    """``reader`` is who its data say is signed in, so that it can be asked for. Should they ever differ, the
    data count, which are signed."""

    # Not a constraint: one that outlives its reader is nobody's, and no sign-in waits for the reader's row.
    reader = models.ForeignKey(
        User, null=True, on_delete=models.CASCADE, db_constraint=False, related_name="sessions"
    )

    @classmethod
    def get_session_store_class(cls) -> type["SessionStore"]:
        return SessionStore


class SessionStore(db.SessionStore):
    """https://docs.djangoproject.com/en/5.2/topics/http/sessions/#extending-database-backed-session-engines"""

    @classmethod
    def get_model_class(cls) -> type[ReaderSession]:
        return ReaderSession

    def create_model_instance(self, data: dict[str, Any]) -> ReaderSession:
        return named(super().create_model_instance(data), data)

    async def acreate_model_instance(self, data: dict[str, Any]) -> ReaderSession:
        return named(await super().acreate_model_instance(data), data)


def named(session: AbstractBaseSession, data: dict[str, Any]) -> ReaderSession:
    theirs = cast(ReaderSession, session)
    theirs.reader_id = User._meta.pk.to_python(data.get(SESSION_KEY))
    return theirs
