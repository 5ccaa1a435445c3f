"""Bytes to frames and back: opcodes, the JSON envelope, WebSocket. Knows nothing of sessions or states."""
