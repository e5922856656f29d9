"""Zones of influence: where the vegetation zone ends and the mineral zone begins, and what each holds."""
