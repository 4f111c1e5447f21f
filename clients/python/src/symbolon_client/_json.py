"""JSON from other processes is checked before use."""

from collections.abc import Mapping
from typing import Any


def fields_of(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def text_of(value: object) -> str | None:
    return value if isinstance(value, str) else None


def texts_of(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def text_record_of(value: object) -> dict[str, str]:
    return {name: one for name, one in fields_of(value).items() if isinstance(one, str)}
