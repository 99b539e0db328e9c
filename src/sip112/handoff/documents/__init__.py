"""Incidents as documents: what agencies' systems and people read."""
