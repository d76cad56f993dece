"""What every context's part of the back office has in common. Only an admin uses it."""
