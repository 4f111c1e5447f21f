"""Tokens that the broker hands out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import httpx2

from ._json import fields_of, text_of, text_record_of


@dataclass(frozen=True, slots=True)
class Identity:
    id: str
    connection: str
    provider: str
    subject: str


@dataclass(frozen=True, slots=True)
class Usage:
    """How the provider's API expects the token."""

    transport: Literal["header", "query"]
    name: str
    scheme: str | None
    headers: Mapping[str, str]
    api_base: str


@dataclass(frozen=True, slots=True)
class ProviderToken:
    """A provider's token, and what an app must know to use it."""

    access_token: str = field(repr=False)
    #: None when the provider states no end.
    expires_at: datetime | None
    scopes: tuple[str, ...]
    identity: Identity
    #: Parameters that the provider's API expects beside the token.
    parameters: Mapping[str, str] = field(repr=False)
    usage: Usage

    def request(self, method: str, path: str, **more: object) -> httpx2.Request:
        """Returns a request to the provider's API that carries the token as the provider expects.

        Raises ValueError for a path that leads away from the provider's API.
        """
        base = self.usage.api_base.rstrip("/")
        url = httpx2.URL(base + path)
        if not path.startswith("/") or not is_below(url, base):
            raise ValueError(f"{path!r} is no path of the provider's API")
        request = httpx2.Request(method, url, **more)  # type: ignore[arg-type]
        for name, value in self.usage.headers.items():
            request.headers[name] = value
        if self.usage.transport == "query":
            request.url = request.url.copy_merge_params({self.usage.name: self.access_token})
        else:
            scheme = f"{self.usage.scheme} " if self.usage.scheme else ""
            request.headers[self.usage.name] = scheme + self.access_token
        return request


@dataclass(frozen=True, slots=True)
class ExchangedToken:
    """A token of the broker for its own API: five minutes, without a refresh token."""

    access_token: str = field(repr=False)
    type: Literal["Bearer", "DPoP"]
    expires_at: datetime
    scopes: tuple[str, ...]


def is_below(url: httpx2.URL, base: str) -> bool:
    """Whether no `..`, backslash or other spelling leads out of the base."""
    parts = httpx2.URL(base)
    path = url.raw_path.split(b"?")[0].decode("ascii", "replace")
    if (url.scheme, url.netloc) != (parts.scheme, parts.netloc):
        return False
    if not path.startswith(parts.raw_path.decode("ascii").rstrip("/") + "/"):
        return False
    lowered = path.lower().replace("%2e", ".").replace("%5c", "\\").replace("\\", "/")
    return not any(segment in (".", "..") for segment in lowered.split("/"))


def read_provider_token(answer: object, now: float) -> ProviderToken | None:
    """Returns the token of a broker's answer that arrived at `now`, or None when it has none."""
    fields = fields_of(answer)
    access_token = text_of(fields.get("access_token"))
    if access_token is None:
        return None
    identity = fields_of(fields.get("identity"))
    usage = fields_of(fields.get("usage"))
    expires_in = fields.get("expires_in")
    scheme = usage.get("scheme")
    return ProviderToken(
        access_token=access_token,
        # Counted from the answer, since the clocks of two machines may differ.
        expires_at=_end_of(expires_in, now) if isinstance(expires_in, int | float) else None,
        scopes=tuple((text_of(fields.get("scope")) or "").split()),
        identity=Identity(
            id=text_of(identity.get("id")) or "",
            connection=text_of(identity.get("connection")) or "",
            provider=text_of(identity.get("provider")) or "",
            subject=text_of(identity.get("subject")) or "",
        ),
        parameters=text_record_of(fields.get("parameters")),
        usage=Usage(
            transport="query" if usage.get("transport") == "query" else "header",
            name=text_of(usage.get("name")) or "Authorization",
            scheme=None if "scheme" in usage and scheme is None else text_of(scheme) or "Bearer",
            headers=text_record_of(usage.get("headers")),
            api_base=text_of(usage.get("api_base")) or "",
        ),
    )


def read_exchanged_token(answer: object, now: float) -> ExchangedToken | None:
    fields = fields_of(answer)
    access_token = text_of(fields.get("access_token"))
    expires_in = fields.get("expires_in")
    if access_token is None:
        return None
    return ExchangedToken(
        access_token=access_token,
        type="DPoP" if (text_of(fields.get("token_type")) or "").lower() == "dpop" else "Bearer",
        expires_at=_end_of(expires_in if isinstance(expires_in, int | float) else 0, now),
        scopes=tuple((text_of(fields.get("scope")) or "").split()),
    )


def _end_of(expires_in: float, now: float) -> datetime:
    return datetime.fromtimestamp(now, UTC) + timedelta(seconds=min(expires_in, 1e9))
