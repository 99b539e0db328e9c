"""Alembic's entrance: runs the migrations on the connection that `migrate` hands it."""

from __future__ import annotations

from alembic import context

from sip112.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
# `migrate` holds the transaction and its lock: all of the migrations happen, or none.
context.run_migrations()
