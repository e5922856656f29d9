"""Histories: land covers, events that are conservative by construction, and changes that take years."""
