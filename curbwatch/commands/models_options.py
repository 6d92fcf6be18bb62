"""Options of the `models` commands that were given but would change nothing: refused, so that nobody takes a default for what they asked for."""

from __future__ import annotations

from collections.abc import Collection

import click
from click.core import ParameterSource


def is_given(context: click.Context, name: str) -> bool:
    """Whether the option of that parameter stands on the command line, with its default's value too."""
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def refuse_given(context: click.Context, names: Collection[str], reason: str) -> None:
    """Refuses the first option of these parameters that was given; the line is its name and the reason.

    Raises:
        click.UsageError: one was given.
    """
    for parameter in context.command.params:
        if parameter.name in names and is_given(context, parameter.name):
            raise click.UsageError(f"{parameter.opts[0]} {reason}")
