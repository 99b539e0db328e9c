"""What keeps the service running, and tells people how it is."""
