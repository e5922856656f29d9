"""Benchmarks of pedozone: ``python -m benchmarks --help``."""
