"""What keeps the service from running until a person has put it right."""

from __future__ import annotations


class BadSettings(Exception):  # noqa: N818 - it is the settings that are bad
    """The settings cannot be used; the text says which, why, and what to do."""
