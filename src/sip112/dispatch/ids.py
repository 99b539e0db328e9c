"""Identifiers of what has to do with agencies."""

from __future__ import annotations

from typing import NewType
from uuid import UUID

AgencyCode = NewType("AgencyCode", str)
"""Code of an agency within its centre, such as ``damkar``: ``[a-z0-9][a-z0-9_-]{0,31}``."""

TypeCode = NewType("TypeCode", str)
"""Code of an incident type, such as ``traffic_injury``; likewise."""

AreaCode = NewType("AreaCode", str)
"""Code of an area, such as ``jekan_raya``; likewise."""

HandoffId = NewType("HandoffId", UUID)
"""UUIDv7 (RFC 9562, 5.7), so ordered by time."""

MessageId = NewType("MessageId", UUID)
"""Likewise, of one message to an agency: its idempotency key, the same at every try."""

LinkId = NewType("LinkId", UUID)
"""Likewise, of one link between two tickets."""
