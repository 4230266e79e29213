"""What systemd is told: readiness, status, the watchdog. Silent where systemd isn't."""
