"""What outlives the process: sessions in a file, and the journal."""
