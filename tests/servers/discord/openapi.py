"""Discord's own OpenAPI document, which requests (and the server's own answers) are held against."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]
from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]
from jsonschema.validators import extend  # type: ignore[import-untyped]
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

_FORM = "application/json"
_BY_TYPE = "x-by-type"
_BITS = {"int32": 31, "int64": 63, "snowflake": 64}


def beside_project() -> Path | None:
    """Where the document lies beside the project's folder, if it does."""
    found = Path(__file__).parents[3].parent / "shared" / "data" / "discord-openapi.json"
    return found if found.is_file() else None


@lru_cache(maxsize=4)
def load(path: Path) -> Document:
    """Read the document; it is kept, as are the validators made from it."""
    return Document(json.loads(path.read_text(encoding="utf-8")))


def plain(route: str) -> str:
    """A route without the names of its parts."""
    return re.sub(r"\{[^}]*\}", "{}", route)


class Document:
    """What may be asked, and what is answered."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._routes: dict[str, tuple[str, dict[str, Any]]] = {
            plain(route): (route, operations) for route, operations in spec["paths"].items()
        }
        _sort_unions(spec, spec)
        spec["components"]["schemas"]["SnowflakeType"]["type"] = ["string", "integer"]  # both are taken
        resource: Resource[Any] = DRAFT202012.create_resource(spec)
        self._registry: Registry[Any] = Registry().with_resource("urn:discord", resource).crawl()
        self._validators: dict[str, Any] = {}
        self._formats = _format_checker()

    def request_fault(
        self, method: str, route: str, query: Mapping[str, str], body: object, *, has_body: bool
    ) -> str | None:
        """What is wrong with a request, and where; None where nothing is."""
        operation = self._operation(method, route)
        if operation is None:
            return f"{method} {route} is not in the document"
        for parameter in operation["parameters"]:
            fault = self._query_fault(parameter, query)
            if fault:
                return fault
        wanted = operation["request"]
        if wanted is None or not (has_body or operation["required"]):
            return None
        return self.fault(wanted, body)

    def answer_fault(self, method: str, route: str, status: int, body: object) -> str | None:
        """What is wrong with an answer of the server."""
        operation = self._operation(method, route)
        if operation is None:
            return None
        if str(status) not in operation["answers"]:
            return f"{status} is not among the answers {sorted(operation['answers'])}"
        pointer = operation["answers"][str(status)]
        if pointer is None:
            return None if body is None else "no body is expected"
        return self.fault(pointer, body)

    @lru_cache(maxsize=512)  # noqa: B019 - a document lives as long as the process
    def _operation(self, method: str, route: str) -> dict[str, Any] | None:
        found = self._routes.get(plain(route))
        if found is None or method.lower() not in found[1]:
            return None
        path, operations = found
        operation = operations[method.lower()]
        base = f"/paths/{_escape(path)}/{method.lower()}"
        form = operation.get("requestBody", {})
        kinds = form.get("content", {})
        kind = _FORM if _FORM in kinds else next(iter(kinds), None)
        answers = {
            status: f"{base}/responses/{status}/content/{_escape(_FORM)}/schema"
            if "content" in answer
            else None
            for status, answer in operation["responses"].items()
        }
        parameters = [*operations.get("parameters", []), *operation.get("parameters", [])]
        return {
            "request": f"{base}/requestBody/content/{_escape(kind)}/schema" if kind else None,
            "required": form.get("required", False),
            "answers": answers,
            "parameters": [each for each in parameters if each.get("in") == "query"],
        }

    def _query_fault(self, parameter: Mapping[str, Any], query: Mapping[str, str]) -> str | None:
        name = parameter["name"]
        if name not in query:
            return f"the query lacks {name}" if parameter.get("required") else None
        schema = parameter["schema"]
        value: object = query[name]
        if schema.get("type") == "boolean":
            value = {"1": True, "true": True, "0": False, "false": False}.get(query[name].lower(), value)
        elif schema.get("type") == "integer" and query[name].isdigit():
            value = int(query[name])
        if "$ref" in schema:
            fault = self.fault(schema["$ref"].removeprefix("#"), value)
        else:
            fault = next((error.message for error in Draft202012Validator(schema).iter_errors(value)), None)
        return f"?{name}: {fault}" if fault else None

    def fault(self, pointer: str, body: object) -> str | None:
        """What is wrong with a body by the schema at this place in the document."""
        validator = self._validators.get(pointer)
        if validator is None:
            validator = _Validator(
                {"$ref": f"urn:discord#{pointer}"}, registry=self._registry, format_checker=self._formats
            )
            self._validators[pointer] = validator
        error = next(validator.iter_errors(body), None)
        return _explain(error) if error else None


def _escape(name: str) -> str:
    """A name in a JSON pointer within a URI."""
    return name.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


def _format_checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, bits in _BITS.items():

        def fits(value: object, bits: int = bits) -> bool:
            if isinstance(value, str) and value.isdigit():
                return int(value) < 1 << bits
            return not isinstance(value, int) or -(1 << bits) <= value < 1 << bits

        checker.checks(name)(fits)
    return checker


def _sort_unions(spec: dict[str, Any], part: object) -> None:
    """Note for each union of objects told apart by `type` which is which: trying all is slow."""
    if isinstance(part, dict):
        for keyword in ("oneOf", "anyOf"):
            branches = part.get(keyword)
            if isinstance(branches, list) and (sorted_ := _by_type(spec, branches)):
                del part[keyword]
                part[_BY_TYPE] = sorted_
        for each in part.values():
            _sort_unions(spec, each)
    elif isinstance(part, list):
        for each in part:
            _sort_unions(spec, each)


def _by_type(spec: dict[str, Any], branches: list[dict[str, Any]]) -> list[tuple[object, dict[str, Any]]]:
    """Branches with the value of `type` they are for (None: for null, or for all else); or none."""
    found: list[tuple[object, dict[str, Any]]] = []
    others = [branch for branch in branches if branch != {"type": "null"}]
    if len(others) < len(branches):
        found.append(("null", {}))
        if len(others) == 1:
            return [*found, (None, others[0])]
    for branch in others:
        schema = spec["components"]["schemas"].get(branch.get("$ref", "").rpartition("/")[2], {})
        values = schema.get("properties", {}).get("type", {}).get("enum")
        if not values:
            return []
        found += [(value, branch) for value in values]
    return found


def _check_by_type(validator: Any, union: Any, body: object, _: object) -> Iterator[ValidationError]:
    kind = body.get("type") if isinstance(body, dict) else "null" if body is None else ""
    meant = [branch for value, branch in union if value == kind or (value is None and kind != "null")]
    if not meant:
        yield ValidationError(f"no such type: {body!r:.200}")
    tried = [list(validator.descend(body, branch)) for branch in meant]
    if tried and all(tried):
        yield from min(tried, key=len)


_Validator = extend(Draft202012Validator, {_BY_TYPE: _check_by_type})


def _explain(error: ValidationError) -> str:
    """Where and why, going down into a union as far as one branch was tried."""
    while error.context:
        error = error.context[0]
    where = "/".join(str(part) for part in error.absolute_path)
    return f"{where or 'body'}: {error.message[:300]}"
