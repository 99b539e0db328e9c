"""Whom an incident is passed on to, and what becomes of it: agencies, plans, handoffs.

Pure: no clock, no I/O, no library. The store keeps what is decided here, `sip112.handoff` carries
it to the agencies.
"""
