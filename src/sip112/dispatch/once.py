"""What is asked for once, and done once, however often it is asked for."""

from __future__ import annotations

from sip112.routing.value import value


@value
class Once:
    """The key under which somebody asks for something; the same when they ask again."""

    principal: str
    """Who asks: a login name, a token, ``agency:CODE``. Others' keys are others'."""
    key: str
    digest: str
    """Of what is asked for: something else under the same key is a mistake (`KeyReused`)."""
