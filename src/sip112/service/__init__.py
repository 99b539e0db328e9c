"""The service: settings, log, and the wiring of the edges around the core."""
