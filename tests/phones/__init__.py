"""What is shipped for softphones, as they run it."""
