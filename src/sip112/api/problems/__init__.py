"""Errors as RFC 9457 problems, a module for each area.

Each says what is wrong, and in `remedy` what to do about it.
"""
