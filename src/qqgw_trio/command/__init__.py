"""Commands: texts that begin with a name and bear arguments."""
