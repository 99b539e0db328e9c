"""Tests of who acts on an incident, and of what becomes of it."""
