"""Postings that are written down as they are asked for, so that each can be asked for again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from credits.ledger import Posting


@dataclass
class History:
    wallets: list[int] = field(default_factory=list)
    asked: list[tuple[Callable[..., Posting | None], dict[str, Any]]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def ask(self, post: Callable[..., Posting | None], **arguments: Any) -> Posting:
        posting = post(**arguments)
        assert posting is not None
        assert posting.created
        self.asked.append((post, arguments))
        self.answers.append(posting.transaction_id)
        return posting

    def ask_all_again(self) -> list[Posting]:
        again = [post(**arguments) for post, arguments in self.asked]
        return [posting for posting in again if posting is not None]
