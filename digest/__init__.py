"""The spine of Rinko: nouns, ports, decisions and use cases; it names nothing outside itself."""
