"""The column: cells of fixed mineral mass, their geometry and depth maps."""
