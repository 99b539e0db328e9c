"""Tests of what agencies are sent, and of what they answer."""
