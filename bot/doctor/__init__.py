"""`rinko doctor`: what works, and what to do about what does not."""

from bot.doctor.examine import examine
from bot.doctor.findings import Finding

__all__ = ["Finding", "examine"]
