"""Public sets of data: where they are, under which licence, and how a copy of them is got and checked."""
