"""A message's components: walked, counted, given ids, found, and checked against Discord's limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.servers.discord.errors import Form

ROW, BUTTON, SELECT, TEXT_INPUT = 1, 2, 3, 4
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL, UPLOAD = (
    9,
    10,
    11,
    12,
    13,
    14,
    17,
    18,
    19,
)
SELECTS = (3, 5, 6, 7, 8)
ONLY_V2 = (SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER)
MOST_COMPONENTS, MOST_TEXT = 40, 4000
LINK, PREMIUM = 5, 6

Json = dict[str, Any]


def walk(components: Sequence[Json], path: str = "components") -> Iterator[tuple[str, Json]]:
    """All components, each before those in it, with where they stand."""
    for number, component in enumerate(components):
        here = f"{path}.{number}"
        yield here, component
        yield from walk(component.get("components") or [], f"{here}.components")
        for name in ("accessory", "component"):
            if inner := component.get(name):
                yield f"{here}.{name}", inner


def shown_text(content: str, embeds: Sequence[Json], components: Sequence[Json]) -> str:
    """What readers see of a message, part by part."""
    parts = [content]
    for embed in embeds:
        parts += [embed.get("title") or "", embed.get("description") or ""]
        for each in embed.get("fields") or []:
            parts += [each.get("name") or "", each.get("value") or ""]
        parts.append((embed.get("footer") or {}).get("text") or "")
    for _, component in walk(components):
        parts += [component.get("content") or "", component.get("label") or ""]
    return "\n".join(part for part in parts if part)


def find(components: Sequence[Json], custom_id: str) -> Json | None:
    """The component with this custom id."""
    return next((c for _, c in walk(components) if c.get("custom_id") == custom_id), None)


def settled(components: Sequence[Json], files: Mapping[str, str], proxy: str) -> list[Json]:
    """The components as they are stored: each has an id, in order where none was given.

    `files` are the addresses of a message's files by their names, for `attachment://NAME`.
    """
    copied = [_copy(component) for component in components]
    every = [component for _, component in walk(copied)]
    taken = {component["id"] for component in every if component.get("id")}
    free = (number for number in range(1, 10_000) if number not in taken)
    for component in every:
        if not component.get("id"):
            component["id"] = next(free)
        _complete(component, files, proxy)
    return copied


def _copy(component: Json) -> Json:
    made = {name: value for name, value in component.items() if value is not None}
    if "components" in made:
        made["components"] = [_copy(each) for each in made["components"]]
    for name in ("accessory", "component"):
        if name in made:
            made[name] = _copy(made[name])
    return made


def _complete(component: Json, files: Mapping[str, str], proxy: str) -> None:
    """Add what Discord's answers always have."""
    kind = component["type"]
    if kind == SEPARATOR:
        component.setdefault("divider", True)
        component.setdefault("spacing", 1)
    if kind in SELECTS:
        component.setdefault("min_values", 1)
        component.setdefault("max_values", 1)
    if kind == CONTAINER:
        component.setdefault("accent_color", None)
        component.setdefault("spoiler", False)
    if kind in (THUMBNAIL, FILE):
        component.setdefault("spoiler", False)
        component.setdefault(
            "description" if kind == THUMBNAIL else "name", None if kind == THUMBNAIL else "file"
        )
        if kind == FILE:
            component.setdefault("size", 0)
            component["file"] = _media(component["file"], files, proxy)
        else:
            component["media"] = _media(component["media"], files, proxy)
    if kind == GALLERY:
        for item in component["items"]:
            item["media"] = _media(item["media"], files, proxy)
            item.setdefault("description", None)
            item.setdefault("spoiler", False)


def _media(media: Json, files: Mapping[str, str], proxy: str) -> Json:
    asked = media["url"]
    url = files.get(asked.removeprefix("attachment://"), asked)
    return {"id": "1", "url": url, "proxy_url": f"{proxy}/proxied?{url}", "width": None, "height": None}


# ------------------------------------------------------------------------------------ limits


def check_components(form: Form, components: Sequence[Json], *, v2: bool) -> None:
    """Check a message's components."""
    if not v2 and len(components) > 5:
        form.wrong("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    every = list(walk(components))
    if len(every) > MOST_COMPONENTS:
        form.wrong("components", "BASE_TYPE_BAD_LENGTH", f"Must be {MOST_COMPONENTS} or fewer in total.")
    if sum(len(c.get("content") or "") for _, c in every if c["type"] == TEXT) > MOST_TEXT:
        form.wrong("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", f"Must be {MOST_TEXT} or fewer.")
    _check_unique(form, every)
    for path, component in every:
        if component["type"] in ONLY_V2 and not v2:
            form.wrong(f"{path}.type", "UNION_TYPE_CHOICES", "The flag IS_COMPONENTS_V2 is missing.")
        _check_one(form, path, component, top="." not in path.removeprefix("components."), v2=v2)


def _check_unique(form: Form, every: Sequence[tuple[str, Json]]) -> None:
    seen: set[str] = set()
    ids: set[int] = set()
    for path, component in every:
        custom, number = component.get("custom_id"), component.get("id")
        if custom in seen:
            form.wrong(
                f"{path}.custom_id",
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                "Component custom id cannot be duplicated",
            )
        if number and number in ids:
            form.wrong(f"{path}.id", "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
        if custom:
            seen.add(custom)
        if number:
            ids.add(number)


def _check_one(form: Form, path: str, component: Json, *, top: bool, v2: bool) -> None:
    kind = component["type"]
    if top and kind != ROW and not (v2 and kind in (SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER)):
        form.wrong(f"{path}.type", "UNION_TYPE_CHOICES", "This cannot stand by itself.")
    if kind == ROW:
        inside = component.get("components") or []
        selects = [c for c in inside if c["type"] in SELECTS]
        if not 1 <= len(inside) <= 5 or (selects and len(inside) > 1):
            form.wrong(f"{path}.components", "BASE_TYPE_BAD_LENGTH", "Five buttons or one menu.")
    if kind == SECTION and not 1 <= len(component.get("components") or []) <= 3:
        form.wrong(f"{path}.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 3 in length.")
    if kind == TEXT and not (component.get("content") or "").strip():
        form.wrong(f"{path}.content", "BASE_TYPE_REQUIRED", "This field is required")
    if kind == BUTTON:
        _check_button(form, path, component)
    if kind in SELECTS:
        _check_select(form, path, component)
    form.at_most(f"{path}.custom_id", component.get("custom_id"), 100)


def _check_button(form: Form, path: str, button: Json) -> None:
    form.at_most(f"{path}.label", button.get("label"), 80)
    form.at_most(f"{path}.url", button.get("url"), 512)
    if not button.get("label") and not button.get("emoji") and button.get("style") != PREMIUM:
        form.wrong(path, "BUTTON_COMPONENT_LABEL_REQUIRED", "A label or an emoji is required.")
    if button.get("style") == LINK:
        if not button.get("url") or button.get("custom_id"):
            form.wrong(path, "BUTTON_COMPONENT_INVALID_URL", "A link has a url and no custom id.")
        elif not button["url"].startswith(("http://", "https://", "discord://")):
            form.wrong(f"{path}.url", "URL_TYPE_INVALID_SCHEME", "Scheme must be http, https or discord.")
    elif button.get("style") != PREMIUM and not button.get("custom_id"):
        form.wrong(f"{path}.custom_id", "BASE_TYPE_REQUIRED", "A custom id is required")


def _check_select(form: Form, path: str, select: Json) -> None:
    form.at_most(f"{path}.placeholder", select.get("placeholder"), 150)
    options = select.get("options") or []
    if select["type"] == SELECT and not 1 <= len(options) <= 25:
        form.wrong(f"{path}.options", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
    values = [option.get("value") for option in options]
    if len(set(values)) < len(values):
        form.wrong(f"{path}.options", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "A value stands twice.")
    for number, option in enumerate(options):
        for name in ("label", "value", "description"):
            form.at_most(f"{path}.options.{number}.{name}", option.get(name), 100)


def check_modal(form: Form, modal: Json) -> None:
    """Check a form that is to be shown: five inputs at most, and their limits."""
    form.at_most("data.title", modal.get("title"), 45)
    form.at_most("data.custom_id", modal.get("custom_id"), 100)
    components = modal.get("components") or []
    if not 1 <= len(components) <= 5:
        form.wrong("data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    every = list(walk(components, "data.components"))
    _check_unique(form, every)
    for path, component in every:
        if component["type"] in (BUTTON, SECTION, GALLERY, FILE, SEPARATOR, CONTAINER):
            form.wrong(f"{path}.type", "UNION_TYPE_CHOICES", "This cannot stand in a form.")
        form.at_most(f"{path}.label", component.get("label"), 45)
        form.at_most(f"{path}.custom_id", component.get("custom_id"), 100)
        form.at_most(f"{path}.description", component.get("description"), 100)
        if component["type"] == TEXT_INPUT:
            form.at_most(f"{path}.placeholder", component.get("placeholder"), 100)
            form.at_most(f"{path}.value", component.get("value"), 4000)
