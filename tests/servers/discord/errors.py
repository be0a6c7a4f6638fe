"""What Discord answers where it refuses: a status, a code and a message."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A request that Discord refuses."""

    def __init__(self, status: int, code: int, message: str, errors: dict[str, Any] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.body: dict[str, Any] = {"message": message, "code": code}
        if errors:
            self.body["errors"] = errors


def unauthorized() -> Refused:
    return Refused(401, 0, "401: Unauthorized")


def unknown(what: str, code: int) -> Refused:
    return Refused(404, code, f"Unknown {what}")


def unknown_channel() -> Refused:
    return unknown("Channel", 10003)


def unknown_guild() -> Refused:
    return unknown("Guild", 10004)


def unknown_message() -> Refused:
    return unknown("Message", 10008)


def unknown_interaction() -> Refused:
    return unknown("interaction", 10062)


def unknown_webhook() -> Refused:
    return unknown("Webhook", 10015)


def missing_access() -> Refused:
    return Refused(403, 50001, "Missing Access")


def missing_permissions() -> Refused:
    return Refused(403, 50013, "Missing Permissions")


def thread_archived() -> Refused:
    return Refused(400, 50083, "Thread is archived")


class Form:
    """Gathers what is wrong with a request's body, as Discord names it."""

    def __init__(self) -> None:
        self.errors: dict[str, Any] = {}

    def wrong(self, path: str, code: str, message: str) -> None:
        """Note a fault at a path such as `embeds.0.title`."""
        at = self.errors
        for name in path.split("."):
            at = at.setdefault(name, {})
        at.setdefault("_errors", []).append({"code": code, "message": message})

    def at_most(self, path: str, text: object, most: int) -> None:
        """A text may have so many characters, counted in code points as Discord counts them."""
        if isinstance(text, str) and len(text) > most:
            self.wrong(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")

    def done(self) -> None:
        """Refuse the request where anything was wrong."""
        if self.errors:
            raise Refused(400, 50035, "Invalid Form Body", self.errors)
