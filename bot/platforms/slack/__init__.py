"""Slack: cards, threads, commands and buttons, by slack-bolt over Socket Mode."""
