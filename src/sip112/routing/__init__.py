"""The pure core: events in, effects out; no clock, no I/O, the standard library only.

`Desk.step` is the one entrance. What an event is stands in `events`, what may come out
in `effects`; `call` holds the states of a call as a table, `seat` what a seat is,
`policy` who is rung for whom, `incidents` which ticket a call is about, `reconcile` what
follows from a look at Asterisk.
"""
