"""Discord: cards, threads, commands and buttons, by discord.py."""
