"""Makes text from outside storable: what no database can hold is taken out of it, at one place."""

from __future__ import annotations

import re
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text without NUL characters and halves of surrogate pairs.

    PostgreSQL refuses both, and SQLite the second; PDFs, people and models send them.
    """
    return text if text.isascii() and "\0" not in text else _UNSTORABLE.sub("", text)


def keep_storable(
    _connection: object, _cursor: object, statement: str, parameters: Any, _context: object, _many: bool
) -> tuple[str, Any]:
    """Listens to SQLAlchemy's `before_cursor_execute`: all that is stored or looked for goes through."""
    return statement, _clean(parameters)


def _clean(parameters: Any) -> Any:
    if isinstance(parameters, dict):
        return {name: _clean(value) for name, value in parameters.items()}
    if isinstance(parameters, (tuple, list)):
        return type(parameters)([_clean(value) for value in parameters])
    return storable(parameters) if isinstance(parameters, str) else parameters
