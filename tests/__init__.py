"""The tests of sip112."""
