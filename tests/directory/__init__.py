"""Tests of the directory as people write it."""
