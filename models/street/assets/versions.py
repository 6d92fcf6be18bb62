"""Versions of assets: a digest of the code that makes each, so that what was rendered is rendered again where an asset changed, and only there.

An asset's version covers the module of its builder and all modules of this package that it imports, one through another. Comments count too:
it is better to render a scene in vain than to keep a stale one.
"""

from __future__ import annotations

import ast
import functools
import hashlib
from pathlib import Path

from models.street.assets.catalogue import BUILDERS

PACKAGE = "models.street.assets"
FOLDER = Path(__file__).parent
SHARED = ("blender", "drawings")
"""Modules that every asset goes through when it is placed."""


@functools.cache
def version(name: str) -> str:
    """The version of an asset of the catalogue: twelve hexadecimal digits."""
    builder = BUILDERS[name]
    made_in = (builder.func if isinstance(builder, functools.partial) else builder).__module__
    modules = sorted(frozenset().union(*(_reached(module) for module in (made_in.rpartition(".")[2], *SHARED))))
    digest = hashlib.blake2s(digest_size=6)
    for module in modules:
        digest.update(module.encode() + b"\0" + _code(module))
    return digest.hexdigest()


@functools.cache
def _reached(module: str) -> frozenset[str]:
    """The module and all of this package that it imports, one through another."""
    found, waiting = set(), [module]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += _imported(one)
    return frozenset(found)


@functools.cache
def _code(module: str) -> bytes:
    return (FOLDER / f"{module}.py").read_bytes()


@functools.cache
def _imported(module: str) -> tuple[str, ...]:
    tree = ast.parse(_code(module))
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(f"{PACKAGE}."):
            names.append(node.module.rpartition(".")[2])
    return tuple(names)
