"""The bot: commands, platforms, command line, and the place where all parts are put together."""
