"""The reasons for which a request to the broker failed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from ._json import fields_of, text_of, texts_of


class SymbolonError(Exception):
    """A failed request. The subclasses name the reasons."""

    def __init__(
        self,
        code: str,
        *,
        status: int | None = None,
        detail: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        #: The HTTP status of the answer; None when there was none.
        self.status = status
        self.detail = detail
        #: The request id for the broker's operator, who finds it in the log.
        self.request_id = request_id


class InvalidToken(SymbolonError):
    """The access token is missing, expired, revoked or not for the broker."""


class InvalidGrant(SymbolonError):
    """On behalf of: the caller's token is not, or no longer, one for your API. Answer them with 401."""


class ConnectionNotAllowed(SymbolonError):
    """The policy does not list the connection, the scope or the call."""


class Unreachable(SymbolonError):
    """The broker did not answer, or the answer was not the broker's."""


class Refused(SymbolonError):
    """Any other refusal; `code` is the broker's."""


class InsufficientScope(SymbolonError):
    """The access token lacks a scope, usually `idp:{connection}`."""

    scope: str | None = None


class ConsentRequired(SymbolonError):
    """The user has not allowed this app to use the connection."""

    consent_url: str | None = None


class InsufficientUpstreamScope(SymbolonError):
    """Send the user to `reauthorize_url` to grant the missing scopes."""

    missing: tuple[str, ...] = ()
    reauthorize_url: str | None = None


class IdentityNotFound(SymbolonError):
    """Send the user to `link_url` to link an account."""

    link_url: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    name: str | None


class IdentitySelectionRequired(SymbolonError):
    """Ask again with one of these ids in place of the connection."""

    identities: tuple[Choice, ...] = ()


class ReauthorizationRequired(SymbolonError):
    """The grant is dead: send the user to `reauthorize_url`."""

    reason: str = "rejected"
    since: str | None = None
    reauthorize_url: str | None = None


class AccessDenied(SymbolonError):
    """On behalf of: the person has not let your API use such an account, or has none.

    Send them to `connect_url`, which is for this person alone.
    """

    connection: str | None = None
    connect_url: str | None = None


class ProviderFailed(SymbolonError):
    """The provider's answer was malformed or unexpected."""

    step: str | None = None


class TooManyRequests(SymbolonError):
    """Ask again after this many seconds."""

    retry_after: float = 1


class ProviderUnavailable(TooManyRequests):
    """The grant lives: ask again after this many seconds."""


class Unavailable(TooManyRequests):
    """The broker's database or keys are away."""


#: Refusals of a token whose permission has changed since it was issued.
about_permission = (InvalidToken, InsufficientScope, ConsentRequired, IdentityNotFound)

_kinds: Mapping[str, type[SymbolonError]] = {
    "access_denied": AccessDenied,
    "connection_not_allowed": ConnectionNotAllowed,
    "consent_required": ConsentRequired,
    "identity_not_found": IdentityNotFound,
    "identity_selection_required": IdentitySelectionRequired,
    "insufficient_scope": InsufficientScope,
    "insufficient_upstream_scope": InsufficientUpstreamScope,
    "invalid_grant": InvalidGrant,
    "invalid_token": InvalidToken,
    "provider_error": ProviderFailed,
    "provider_unavailable": ProviderUnavailable,
    "reauthorization_required": ReauthorizationRequired,
    "too_many_requests": TooManyRequests,
    "unavailable": Unavailable,
}


def refusal_of(response: httpx2.Response) -> SymbolonError:
    """Returns the error that an answer of the broker describes."""
    is_json = re.match(r"application/(problem\+)?json", response.headers.get("content-type", ""))
    body: Mapping[str, Any] = {}
    if is_json:
        try:
            body = fields_of(response.json())
        except ValueError:
            pass
    # The token endpoint answers as RFC 6749 section 5.2 says, and everything else as RFC 9457.
    code = text_of(body.get("code")) or text_of(body.get("error"))
    status = response.status_code
    request_id = text_of(body.get("request_id"))
    if code is None:
        return Unreachable("unreachable", status=status, detail=f"{response.url} answered {status}")
    detail = text_of(body.get("detail")) or text_of(body.get("error_description"))
    error = _kinds.get(code, Refused)(code, status=status, detail=detail, request_id=request_id)
    _add_members(error, body, response.headers)
    return error


def _add_members(error: SymbolonError, body: Mapping[str, Any], headers: httpx2.Headers) -> None:
    connect_url = text_of(body.get("connect_url"))
    reauthorize_url = text_of(body.get("reauthorize_url")) or connect_url
    match error:
        case InsufficientScope():
            found = re.search(r'scope="([^"]*)"', headers.get("www-authenticate", ""))
            error.scope = found.group(1) if found else None
        case ConsentRequired():
            error.consent_url = text_of(body.get("consent_url"))
        case InsufficientUpstreamScope():
            error.missing = texts_of(body.get("missing"))
            error.reauthorize_url = reauthorize_url
        case IdentityNotFound():
            error.link_url = text_of(body.get("link_url"))
        case IdentitySelectionRequired():
            error.identities = _choices_in(body.get("identities"))
        case ReauthorizationRequired():
            error.reason = text_of(body.get("reason")) or "rejected"
            error.since = text_of(body.get("since"))
            error.reauthorize_url = reauthorize_url
        case AccessDenied():
            error.connection = text_of(body.get("connection"))
            error.connect_url = connect_url
        case ProviderFailed():
            error.step = text_of(body.get("step"))
        case TooManyRequests():
            error.retry_after = _seconds_in(headers.get("retry-after"))


def _choices_in(value: object) -> tuple[Choice, ...]:
    if not isinstance(value, list):
        return ()
    given = [fields_of(one) for one in value]
    return tuple(
        Choice(id=one["id"], name=text_of(one.get("name"))) for one in given if isinstance(one.get("id"), str)
    )


def _seconds_in(retry_after: str | None) -> float:
    try:
        seconds = float(retry_after or "")
    except ValueError:
        return 1
    return seconds if 0 < seconds < 1e9 else 1
