"""What acts on the column from outside: weather and the radiocarbon of the air."""
