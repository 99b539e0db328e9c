"""The database edge: what happened, kept for ever; SQLite by default, PostgreSQL by URL.

`Store` (in `store`) is the one entrance. `tables` says what is kept, `queries` names every
query, `rows` turns the core's dataclasses into rows and back, `writer` takes journal entries
and sees to it that they are written, `drivers` writes them, `migrations` brings a database up
to date.
"""
