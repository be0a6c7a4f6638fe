"""What the real API refuses: requests are checked here as OpenAI checks them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

KNOWN = {
    "model", "messages", "stream", "stream_options", "response_format", "max_tokens", "max_completion_tokens",
    "temperature", "top_p", "n", "stop", "seed", "user", "metadata", "store", "reasoning_effort", "logprobs",
    "prompt_cache_key", "safety_identifier", "service_tier", "verbosity",
}  # fmt: skip
ROLES = {"system", "developer", "user", "assistant"}
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NOT_STRICT = {"allOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas"}
_DEEPEST = 10


class Refusal(Exception):
    """A request that the API answers with an error."""

    def __init__(self, status: int, message: str, code: str | None = None, param: str | None = None) -> None:
        self.status, self.message, self.code, self.param = status, message, code, param
        super().__init__(message)

    def document(self) -> dict[str, Any]:
        """The error as the API words it."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        return {
            "error": {"message": self.message, "type": kind, "code": self.code, "param": self.param},
        }


def check_request(body: object, models: tuple[str, ...]) -> dict[str, Any]:
    """The body of a request, if the API would take it. Raises `Refusal`."""
    if not isinstance(body, dict):
        raise Refusal(400, "We could not parse the JSON body of your request.")
    for name in body.keys() - KNOWN:
        raise Refusal(400, f"Unrecognized request argument supplied: {name}", None, name)
    if not isinstance(body.get("model"), str):
        raise Refusal(400, "you must provide a model parameter")
    if body["model"] not in models:
        raise Refusal(404, f"The model `{body['model']}` does not exist.", "model_not_found")
    _check_messages(body.get("messages"))
    _check_limits(body)
    if body.get("stream_options") is not None and body.get("stream") is not True:
        raise Refusal(400, "The 'stream_options' parameter is only allowed when 'stream' is enabled.")
    if body.get("response_format") is not None:
        _check_format(body["response_format"], body["messages"])
    return body


def _check_messages(messages: object) -> None:
    if not isinstance(messages, list) or not messages:
        raise Refusal(400, "Missing required parameter: 'messages'.", param="messages")
    for number, message in enumerate(messages):
        where = f"messages[{number}]"
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            raise Refusal(400, f"Invalid value for '{where}.role'.", "invalid_value", f"{where}.role")
        if not isinstance(message.get("content"), str):
            raise Refusal(400, f"Invalid type for '{where}.content'.", "invalid_type", f"{where}.content")
        for name in message.keys() - {"role", "content", "name"}:
            raise Refusal(400, f"Unknown parameter: '{where}.{name}'.", "unknown_parameter")


def _check_limits(body: Mapping[str, Any]) -> None:
    named = [name for name in ("max_tokens", "max_completion_tokens") if body.get(name) is not None]
    if len(named) == 2:
        raise Refusal(
            400, "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
        )
    for name in named:
        if type(body[name]) is not int or body[name] < 1:
            raise Refusal(
                400, f"Invalid value for '{name}': integer above 0 expected.", "invalid_value", name
            )


def _check_format(form: object, messages: list[dict[str, Any]]) -> None:
    kind = form.get("type") if isinstance(form, dict) else None
    if kind not in ("text", "json_object", "json_schema"):
        raise Refusal(400, "Invalid value for 'response_format.type'.", "invalid_value", "response_format")
    assert isinstance(form, dict)
    if kind == "json_object" and "json" not in " ".join(one["content"] for one in messages).lower():
        raise Refusal(
            400,
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
            "'json_object'.",
            None,
            "messages",
        )
    if kind == "json_schema":
        named = form.get("json_schema")
        if not isinstance(named, dict) or not _NAME.fullmatch(str(named.get("name", ""))):
            raise Refusal(400, "Invalid 'response_format.json_schema.name'.", None, "response_format")
        if named.get("strict") is True:
            for fault in faults_of_schema(named.get("schema")):
                text = f"Invalid schema for response_format '{named['name']}': {fault}"
                raise Refusal(400, text, None, "response_format")


def faults_of_schema(schema: object) -> Iterator[str]:
    """Why strict mode would refuse a schema."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        yield "schema must be a JSON Schema of 'type: \"object\"'."
        return
    yield from _faults(schema, (), 1)


def _faults(node: object, where: tuple[str, ...], depth: int) -> Iterator[str]:
    """The faults of one node of a schema, and of all below it."""
    if not isinstance(node, dict):
        yield f"In context={where}, a schema is missing."
        return
    if depth > _DEEPEST:
        yield f"In context={where}, more than {_DEEPEST} levels."
    for name in sorted(_NOT_STRICT & node.keys()):
        yield f"In context={where}, '{name}' is not permitted."
    if not {"type", "anyOf", "$ref", "enum", "const"} & node.keys():
        yield f"In context={where}, schema must have a 'type' key."
    if node.get("type") == "object":
        yield from _faults_of_object(node, where)
    for inner_where, inner, inner_depth in _inside(node, where, depth):
        yield from _faults(inner, inner_where, inner_depth)


def _faults_of_object(node: Mapping[str, Any], where: tuple[str, ...]) -> Iterator[str]:
    if node.get("additionalProperties") is not False:
        yield f"In context={where}, 'additionalProperties' is required to be supplied and to be false."
    if not isinstance(node.get("properties"), dict):
        yield f"In context={where}, 'properties' is required."
    elif sorted(node.get("required", ())) != sorted(node["properties"]):
        yield f"In context={where}, 'required' has to include every key in properties, and no other."


def _inside(
    node: Mapping[str, Any], where: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], object, int]]:
    """The schemas inside a schema: where each stands, and how deep."""
    for name, inner in (node.get("properties") or {}).items():
        yield (*where, name), inner, depth + 1
    if node.get("type") == "array":
        yield (*where, "items"), node.get("items"), depth
    for inner in node.get("anyOf", ()):
        yield (*where, "anyOf"), inner, depth
    for name, inner in node.get("$defs", {}).items():
        yield ("$defs", name), inner, 1
