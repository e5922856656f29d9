"""Model meets data: a column for every observed profile, simulated as a batch, and set beside what was measured."""
