"""The published schemas of EIDO and CAP, where they are at hand.

They are looked for beside the repository and above it (``shared/schemas``), or where the variable
``SIP112_SCHEMAS`` says. The schemas of EIDO take seconds to load, so they are loaded once.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
import yaml
from jsonschema import Draft202012Validator
from lxml import etree
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

_HERE: Final = Path(__file__).resolve()


def folder() -> Path | None:
    """Return where the schemas are, if they are anywhere."""
    named = os.environ.get("SIP112_SCHEMAS")
    if named:
        return Path(named)
    for above in _HERE.parents:
        if (above / "shared" / "schemas" / "validate").is_file():
            return above / "shared" / "schemas"
    return None


PUBLISHED = pytest.mark.skipif(
    folder() is None,
    reason="no published schemas: put them into shared/schemas above the repository, "
    "or say in SIP112_SCHEMAS where they are",
)
"""For tests that ask the published schemas."""


@cache
def _validate() -> ModuleType:
    """Return the command `validate` that lies beside the schemas, as a module."""
    where = folder()
    assert where is not None
    loader = SourceFileLoader("published_validate", str(where / "validate"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@cache
def _eido() -> Any:
    """Return the validator of EIDO documents, as the command makes one for each."""
    command = _validate()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    def retrieve(uri: str) -> Any:
        text = Path(uri.removeprefix("file://").split("#", maxsplit=1)[0]).read_text("utf-8")
        contents = command._numbers(yaml.load(text, Loader=loader))  # noqa: S506 - both are safe
        return Resource.from_contents(contents, default_specification=DRAFT202012)

    root = f"file://{command.EIDO}#/components/schemas/EmergencyIncidentDataObjectType"
    registry: Any = Registry(retrieve=cache(retrieve))  # type: ignore[call-arg]
    return Draft202012Validator({"$ref": root}, registry=registry)


@cache
def _cap() -> Any:
    return etree.XMLSchema(etree.parse(str(_validate().CAP)))


def eido_errors(document: Any) -> Iterator[str]:
    """Return what the published schema of EIDO has against a document."""
    for error in _eido().iter_errors(document):
        yield f"{'/'.join(map(str, error.path))}: {error.message[:300]}"


def cap_errors(document: bytes) -> Iterator[str]:
    """Return what the published schema of CAP has against a document."""
    schema = _cap()
    if not schema.validate(etree.fromstring(document)):
        for error in schema.error_log:
            yield f"line {error.line}: {error.message}"


def errors_of(bodies: Sequence[bytes], most: int = 40) -> Iterator[str]:
    """Return what the published schemas have against what agencies' systems were sent.

    Of EIDO `most` are looked at, from the first to the last: each takes a while. Where there are no
    schemas nothing is said.
    """
    if folder() is None:
        return
    eido = [json.loads(each)["data"]["eido"] for each in bodies if each.startswith(b"{")]
    for each in eido[:: max(1, len(eido) // most)]:
        yield from eido_errors(each)
    for each in bodies:
        if each.startswith(b"<"):
            yield from cap_errors(each)
