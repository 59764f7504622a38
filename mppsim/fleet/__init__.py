"""Many phones, one schedule."""
