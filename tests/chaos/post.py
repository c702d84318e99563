"""The post office of a chaotic town: it takes mail, slowly, or not at all."""

import asyncio
import re
import threading
import time
from email import message_from_bytes
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

CODE = re.compile(r"^[A-Z]{4}-[A-Z]{4}$", re.MULTILINE)
TRY_LATER = "451 4.3.0 Come back later"
TAKEN = "250 Taken"


class PostOffice:
    def __init__(self, port: int) -> None:
        self.mood = "kind"
        self.delay = 0.0
        self.taken = 0
        self.turned_away = 0
        self.codes: dict[str, tuple[float, str]] = {}
        self.arrival = threading.Condition()
        self.controller = Controller(self, hostname="127.0.0.1", port=port)

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        mood, delay = self.mood, self.delay
        if mood == "slow":
            await asyncio.sleep(delay)
        if mood == "refuse":
            self.turned_away += 1
            return TRY_LATER
        if mood == "drop" and isinstance(server.transport, asyncio.WriteTransport):
            self.turned_away += 1
            server.transport.abort()
            return TRY_LATER
        self.take(envelope)
        return TAKEN

    def take(self, envelope: Envelope) -> None:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        body = message.get_body(("plain",))
        code = CODE.search(body.get_content().replace("\r", "") if body else "")
        with self.arrival:
            self.taken += 1
            if code is not None:
                self.codes |= dict.fromkeys(envelope.rcpt_tos, (time.monotonic(), code[0]))
            self.arrival.notify_all()

    def code_for(self, address: str, *, since: float, patience: float) -> str | None:
        """The code in the newest mail to this address, if one came after ``since``."""

        def here() -> bool:
            return address in self.codes and self.codes[address][0] >= since

        with self.arrival:
            return self.codes[address][1] if self.arrival.wait_for(here, patience) else None

    def be(self, mood: str, delay: float = 0.0) -> None:
        self.mood, self.delay = mood, delay
