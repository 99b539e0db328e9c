"""Tests of the store; all but a few run on SQLite and on PostgreSQL."""
