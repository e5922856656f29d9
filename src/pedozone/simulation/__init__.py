"""The steps of a simulation: columns from a site, the start, the years, and their record."""
