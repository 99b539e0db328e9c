"""Replays of what a real Asterisk said, recorded by the integration scenarios."""
