"""Where the demo's stand-in for Stripe is: its port is kept in the data folder, as what it knows is."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

HOST = "127.0.0.1"
SECRET_KEY = "sk_test_local"  # noqa: S105
WEBHOOK_SECRET = "whsec_local"  # noqa: S105
CARDS = (
    ("4242 4242 4242 4242", "pays"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0000 0000 3220", "asks for 3-D Secure"),
    ("4000 0000 0000 0341", "joins, and is declined at renewals"),
    ("AT611904300234573201", "a bank debit, which pays days later"),
)


def wanted(environ: Mapping[str, str]) -> bool:
    """Not where the environment names a Stripe, or an account of one's own."""
    return not environ.get("STRIPE_API_BASE") and not environ.get("STRIPE_SECRET_KEY")


def folder(data_dir: Path) -> Path:
    return data_dir / "stripe"


def kept_port(data_dir: Path) -> int | None:
    file = folder(data_dir) / "port"
    with suppress(OSError, ValueError):
        return int(file.read_text())
    return None


def choose_port(data_dir: Path, beside: int) -> int:
    """The one of the last start where it is free, else the next after the site's, else any."""
    for port in (kept_port(data_dir), beside + 1, 0):
        if port is not None and (free := _free(port)):
            file = folder(data_dir) / "port"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(str(free))
            return free
    raise OSError("no port is free")


def _free(port: int) -> int | None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except (OSError, OverflowError):
            return None
        return int(listener.getsockname()[1])


def settings(port: int) -> dict[str, str]:
    return {
        "STRIPE_API_BASE": f"http://{HOST}:{port}",
        "STRIPE_SECRET_KEY": SECRET_KEY,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "STRIPE_AUTOMATIC_TAX": "1",
    }


def settings_beside(data_dir: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """For a command that is run beside a demo: nothing where there never was one."""
    port = kept_port(data_dir) if wanted(environ) else None
    return settings(port) if port else {}


def command(port: int, *, data_dir: Path, site: str) -> list[str]:
    kept = ["--data", str(folder(data_dir))]
    told = ["--webhook", f"{site}/stripe/webhook/", "--secret", WEBHOOK_SECRET]
    return ["-m", "briefings_site.demo.stripe", "--port", str(port), *kept, *told]
