"""The database edge: what happened, kept for ever; SQLite by default, PostgreSQL by URL.

`Store` (in `store`) is the one entrance. `tables` says what is kept, `queries` names every
query, `rows` turns the core's dataclasses into rows and back, `writer` takes journal entries
and sees to it that they are written, `drivers` writes them, `lease` says which node may (with
`lock` and `process` for what the kernel knows), `follow` tells other nodes, `tickets` changes
what people write, `people` keeps who may sign in and who has, `audit` who did what,
`migrations` brings a database up to date.
"""
