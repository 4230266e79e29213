"""What maintainers run: set-up, the making of mms-mini."""
