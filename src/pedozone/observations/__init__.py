"""Soil profiles as observed: schema, readers, depth harmonisation, stocks."""
