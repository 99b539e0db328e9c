"""Tests of the pure core, the words between it and Asterisk, and the thin parts around it."""
