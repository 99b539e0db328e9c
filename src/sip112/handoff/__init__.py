"""The agencies' edge: what they are sent, by which channels, and what they answer."""
