"""The one command `curbwatch`: every subcommand is loaded when it is named, and user errors end in one line."""

from __future__ import annotations

import importlib
import os
import re
import sys
from typing import NoReturn

import click

from curbwatch import __version__
from curbwatch.process_list import hide_user_info
from curbwatch.terminal import EXIT_WRONG_USE, complain

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("curbwatch.commands.demo", "simulated cameras, worker, API and review page on this machine"),
    "serve": ("curbwatch.commands.serve", "the case API and the review page"),
    "watch": ("curbwatch.commands.watch", "read cameras, look, judge, evidence and deliver"),
    "replay": ("curbwatch.commands.replay", "recorded video through the same readers, rules and evidence"),
    "detect": ("curbwatch.commands.detect", "boxes of pictures"),
    "cameras": ("curbwatch.commands.cameras", "import, list, probe, register and assign cameras; enrol workers"),
    "outbox": ("curbwatch.commands.outbox", "what a worker has not brought to the case API; another try for what was refused"),
    "simulate": ("curbwatch.commands.simulate", "an RTSP camera simulator"),
    "models": ("curbwatch.commands.models", "list, import, train, export and evaluate models"),
    "street": ("curbwatch.commands.street", "the rendered street: pictures, clips and training sets"),
    "evidence": ("curbwatch.commands.evidence", "verify packets, show keys, print the packet schema"),
    "kinds": ("curbwatch.commands.kinds", "the catalogue of violations with its codes"),
    "scene": ("curbwatch.commands.scene", "check, draw or propose a scene file"),
    "bench": ("curbwatch.commands.bench", "measurements with peers beside them"),
}
"""Name of the subcommand → module that holds it under the same name, and its line in the list of `curbwatch --help`."""

NAME = "curbwatch"
EXIT_INTERRUPTED = 130
"""128 and the number of SIGINT, as shells have it."""
USER_INFO = re.compile(r"://[^/\s'\"]*@")

USER_ERRORS = (
    ("streams.errors", "StreamsError"),
    ("models.errors", "ModelError"),
    ("evidence.errors", "EvidenceError"),
    ("detector.errors", "DetectorError"),
    ("api.errors", "ApiError"),
    ("benchmarks.errors", "BenchmarkError"),
    ("curbwatch.demo.errors", "DemoError"),
)
"""The root of each room's exception tree: what a user can mend is raised as one of these and shown as one line."""


class FrontDoor(click.Group):
    """A group that knows its commands by name and imports each one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(COMMANDS[cmd_name][0]), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.group(cls=FrontDoor, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="curbwatch")
def cli() -> None:
    """curbwatch 千里眼: a city's street cameras, from the RTSP packet to the reviewed case."""


def main() -> NoReturn:
    """Runs the command line; a user's error is one line and exit status 2, never a traceback.

    Raises:
        SystemExit: always, with the exit status.
    """
    hide_user_info()
    try:
        status = cli.main(prog_name=NAME, standalone_mode=False)
        raise SystemExit(status if isinstance(status, int) else 0)
    except click.exceptions.NoArgsIsHelpError as unsaid:
        unsaid.show()
    except click.ClickException as error:
        complain(explain_use(error))
    except click.Abort:  # Ctrl-C
        raise SystemExit(EXIT_INTERRUPTED) from None
    except ModuleNotFoundError as missing:
        complain(explain_missing(missing))
    except OSError as error:
        if isinstance(error, BrokenPipeError):  # the reader of our output went away: `curbwatch … | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(0) from None
        complain(f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error))
    except Exception as error:
        if not is_user_error(error):
            raise
        complain(str(error))
    raise SystemExit(EXIT_WRONG_USE)


def explain_use(error: click.ClickException) -> str:
    """The line for wrong use: the command, what is wrong with which option, and where to read how it is right; no password of an address in it."""
    said = " ".join(error.format_message().split()).rstrip(".")
    said = f"{said[:1].lower()}{said[1:]}" if said[1:2].islower() else said
    said = USER_INFO.sub("://…@", said)
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return said
    command = context.command_path.removeprefix(NAME).strip()
    return f"{f'{command}: ' if command else ''}{said}; `{context.command_path} --help` tells how it is used"


def is_user_error(error: Exception) -> bool:
    """Whether the error belongs to one of the rooms' trees; only rooms that are already loaded can have raised it."""
    for module_name, class_name in USER_ERRORS:
        module = sys.modules.get(module_name)
        if module is not None and isinstance(error, getattr(module, class_name)):
            return True
    return False


def explain_missing(missing: ModuleNotFoundError) -> str:
    """The line that names the extra which brings a missing library."""
    extras = {"cv2": "cpu", "av": "cpu", "numpy": "cpu", "onnxruntime": "cpu", "bpy": "street", "torch": "train", "ultralytics": "train"}
    name = (missing.name or "").split(".")[0]
    if name in extras:
        return f"this command needs the library {name!r}, which the extra {extras[name]!r} installs: pip install 'curbwatch[{extras[name]}]'"
    return f"the module {missing.name!r} is missing from this installation: run `make setup`"


if __name__ == "__main__":
    main()
