"""Child processes: where native code lives, because a process can be killed and a thread can't."""
