"""What a bot asks the platform over HTTP: the REST API, and the token that every call bears."""
