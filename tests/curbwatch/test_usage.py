"""Wrong use of any command is one line that names the command, the option and where to read on; exit status 2."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click
import pytest

from curbwatch.__main__ import COMMANDS, EXIT_INTERRUPTED, cli, main


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["curbwatch", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def commands_below(command: click.Command, *path: str) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands_below(found, *path, name)


def test_every_command_refuses_an_unknown_option_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    paths = list(commands_below(cli))
    assert {path[0] for path in paths if path} == set(COMMANDS)
    assert len(paths) > 50
    for path in paths:
        assert run(monkeypatch, *path, "--no-such-option") == 2, path
        said = capsys.readouterr()
        named = f"{' '.join(path)}: " if path else ""
        told = f"curbwatch: {named}no such option '--no-such-option'"
        assert said.out == ""
        assert (said.err.count("\n"), said.err.startswith(told)) == (1, True), said.err
        assert said.err.endswith(f"; `{' '.join(('curbwatch', *path))} --help` tells how it is used\n"), said.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param("no-such-command", "curbwatch: no such command 'no-such-command'; `curbwatch --help`", id="no such command"),
        pytest.param("serve token --name x", "curbwatch: serve token: missing option '--role'. Choose from: worker, reviewer", id="an option is missing"),
        pytest.param("serve token --role king", "curbwatch: serve token: invalid value for '--role': 'king' is not one of 'worker'", id="none of the choices"),
        pytest.param("serve backup", "curbwatch: serve backup: missing argument 'TARGET'; `curbwatch serve backup --help`", id="an argument is missing"),
        pytest.param("serve --port 99999", "curbwatch: serve: invalid value for '--port': 99999 is not in the range 0<=x<=65535;", id="a port too large"),
        pytest.param("serve --data-dir /etc/passwd", "curbwatch: serve: invalid value for '--data-dir': Directory '/etc/passwd' is a", id="no folder"),
        pytest.param("evidence stamp pyproject.toml", "curbwatch: evidence stamp: missing option '--tsa-url'; `curbwatch", id="no authority"),
        pytest.param("watch rtsp://u:hidden-password@h", "curbwatch: watch: got unexpected extra argument (rtsp://…@h); `curbwatch", id="a password"),
    ],
)
def test_wrong_use_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: str, told: str) -> None:
    assert run(monkeypatch, *arguments.split()) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert said.err.startswith(told), said.err
    assert "hidden-password" not in said.err


def test_what_the_system_refuses_is_told_without_a_number(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(context: click.Context) -> None:
        open("/nowhere/at/all", encoding="utf-8").close()

    monkeypatch.setattr(cli, "invoke", refused)
    assert run(monkeypatch, "kinds") == 2
    assert capsys.readouterr().err == "curbwatch: /nowhere/at/all: No such file or directory\n"


def test_without_a_command_the_commands_are_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch) == 2
    assert "the case API and the review page" in capsys.readouterr().err
    assert run(monkeypatch, "--help") == 0
    assert "the case API and the review page" in capsys.readouterr().out


def test_ctrl_c_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(context: click.Context) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "invoke", interrupted)
    assert run(monkeypatch, "kinds") == EXIT_INTERRUPTED
    assert capsys.readouterr().err.strip() == ""
