"""What `docs/generate.py` writes pages with."""
