"""All that can be asked of a running daemon: one table of actions, whichever way they come in."""
