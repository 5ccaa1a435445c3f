"""What a person learns of a running bot: logs, story, diagnostics, health, watchdog."""
