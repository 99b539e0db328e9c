"""The fault suite: what the service depends on is broken under load, and no call may be lost.

``python -m faults`` (``make faults``) goes through all scenarios on a real Asterisk and a real
PostgreSQL. In each, SIPp's callers ring in at a steady rate while the fault is there
(`faults.load`); afterwards every one of them must have exactly one ticket and must have been
offered a seat. Who rang and who talked is taken from SIPp's phones, and never from the service
(`faults.accounts`, `faults.gaps`).

`faults.scenarios` has what is broken and how, `faults.stage` what a scenario stands on,
`faults.suite` the run and its report.
"""
