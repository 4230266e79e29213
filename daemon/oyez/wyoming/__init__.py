"""Recognition and synthesis for Home Assistant's Assist and all others who speak the Wyoming protocol."""
