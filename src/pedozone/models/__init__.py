"""Named assemblies of pools and processes."""
