"""The life of one shard as a table: (state, input) -> (state, effects). Pure.

Read in this order: `states`, `kinds`, `inputs` and `arrivals`, `effects`, then `table`, which says everything, then
`machine`, which looks it up.
"""
