"""Compiled versions of costly physics, part of the engine's shared library."""
