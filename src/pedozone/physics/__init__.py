"""Heat, water and structure of the column: what carbon processes read, never what they do."""
