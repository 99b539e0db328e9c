"""The ways by which agencies are told: each carries a message, and says what became of it."""
