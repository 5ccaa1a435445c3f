"""Settings: their sources, their checks."""
