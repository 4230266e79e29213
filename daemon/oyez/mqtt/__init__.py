"""The way to the MQTT broker: topics and payloads, the connection, what waits for it, and a broker of our own."""
