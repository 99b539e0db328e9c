"""Who may do what: roles and scopes, machines' tokens, persons, their sessions and passwords.

Pure but for Argon2: no clock and no I/O. The store keeps persons and sessions, the API asks.
"""
