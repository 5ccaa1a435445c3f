"""A bot as a process: starting, signals, stopping, and loops of asyncio beside it."""
