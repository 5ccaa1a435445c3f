"""What stands between a shard and the gateway: sockets, TLS, proxies, permits, and all shards of a bot."""
