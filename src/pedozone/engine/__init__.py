"""The ground floor: compartmental operators, their stepping, tracers and ledger. No soil science here."""
