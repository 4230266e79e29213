"""Guests: those who ask the engines for sound or text themselves, over MQTT or HTTP. The house comes first."""
