"""From a site to the inputs of every model that it can be given to: one file per model."""
