"""`qqgw demo`: a bot and a simulated gateway, with every fault."""
