"""sip112 bridges an Asterisk PBX to incident handling for a city's 112 emergency centre."""
