"""What a bot's author writes and how it is called: handlers, hooks, middleware, the context, replies."""
