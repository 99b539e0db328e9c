"""The bench: how fast the real thing is, on a real Asterisk, with the load beside it.

``python -m bench`` (``make bench``) runs it all; docs/performance.md says how each figure is
taken. What keeps time runs in processes of its own, so that the bench's own work does not
show in what it measures: `bench.observer` (AMI events) and `bench.watcher` (event stream and
commits). `bench.bare` is the yardstick: a router of bare sockets.
"""
