"""Carbon processes of the zones model, one module each."""
