"""Scenarios: real Asterisk, real SIP calls, the real service; one folder for each.

`conftest.rig` is the one Asterisk of a run; `centre.opened` runs the service on it in this
process, `served.served` as a process that can be killed. A scenario tells its story between
them; what must be true after every scenario is asserted at their end (`centre.Reckoning`).
"""
