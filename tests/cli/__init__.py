"""Tests of the command `sip112`, against real databases."""
