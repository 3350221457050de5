"""What a lead watches and does: the board, its people, and the live stream behind both."""
