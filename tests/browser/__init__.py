"""The console in a real browser: Chromium, real Asterisk, the service as a process, SIPp's callers.

`chromium` is the browser and what is held against every page of it, `console` a page of whoever
is signed in, `conftest` the Asterisk and the service that they share. ``make browser`` runs all of
it; ``make test`` leaves out what is marked ``long``. Pictures of pages go to var/screenshots.
"""
