"""What every subcommand shares: one-line errors, JSON lines, exit statuses.

Exit status 0 is success, 1 is "looked, and the answer is no", 2 is wrong use or an input that cannot be used.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

import click

EXIT_NO = 1
EXIT_WRONG_USE = 2


def fail(message: str, *, status: int = EXIT_WRONG_USE) -> NoReturn:
    """Ends the command with one line on standard error.

    Raises:
        SystemExit: always, with `status`.
    """
    complain(message)
    raise SystemExit(status)


def complain(message: str) -> None:
    """Writes one line on standard error and goes on: one bad picture or camera stops no other."""
    click.echo(f"curbwatch: {' '.join(str(message).split())}", err=True)


def counted(number: int, one: str, more: str) -> str:
    """A number with what it counts: `1 camera`, `3 cameras`."""
    return f"{number} {one if number == 1 else more}"


def emit_json(value: Any) -> None:
    """Writes one JSON value as one line on standard output, Chinese as it is."""
    click.echo(json.dumps(value, ensure_ascii=False, separators=(", ", ": "), allow_nan=False))
