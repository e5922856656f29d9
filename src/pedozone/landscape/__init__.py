"""Many sites at once: a table of them, a template, and a store that fills up chunk by chunk."""
