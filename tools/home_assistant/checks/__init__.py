"""What is tried, in the order in which it is tried: one file a matter, one function a line of the table."""
