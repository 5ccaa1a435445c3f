"""The way of an event from a shard to its handlers and of its receipt back: order, bounds, repetition, retries."""
