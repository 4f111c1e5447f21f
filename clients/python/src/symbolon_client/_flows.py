"""Requests to the broker, as steps that a client sends with or without asyncio."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

import httpx2

from ._cache import TokenCache, key_of
from ._dpop import Dpop
from ._errors import Unreachable, refusal_of
from ._tokens import (
    ExchangedToken,
    ProviderToken,
    is_below,
    read_exchanged_token,
    read_provider_token,
)

T = TypeVar("T")
Scope = str | tuple[str, ...] | list[str]

_grant_type = "urn:ietf:params:oauth:grant-type:token-exchange"
_own_type = "urn:ietf:params:oauth:token-type:access_token"
_provider_type = "urn:symbolon:token-type:idp-access-token"
_assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: Seconds that a kept token must live, so that a call made with it arrives in time.
_margin = 30


@dataclass(frozen=True, slots=True)
class Sending:
    request: httpx2.Request
    auth: httpx2.Auth | None


Flow = Generator[Sending, httpx2.Response, T]


@dataclass(frozen=True, slots=True)
class Wanted(Generic[T]):
    """A token to be taken from the cache, or loaded once for all callers of a time."""

    cache: TokenCache[Any]
    key: str
    min_ttl: float
    force: bool
    load: Callable[[], Flow[T]]


@dataclass(frozen=True, slots=True)
class Credentials:
    """How your API authenticates at the broker: by its secret, or by an assertion (`private_key_jwt`)."""

    client_id: str
    client_secret: str | None = None
    client_assertion: Callable[[], str] | None = None

    def __repr__(self) -> str:
        return f"Credentials(client_id={self.client_id!r})"


@dataclass(frozen=True, slots=True)
class Account:
    """Where an app finds the accounts: its user's, or in the background another user's."""

    path: str
    headers: Mapping[str, str]


def account_of_user() -> Account:
    return Account("/v1/me/identities", {})


def account_in_background(user: str, reason: str) -> Account:
    return Account(f"/v1/users/{quote(user, safe='')}/identities", {"Symbolon-Reason": reason})


class Flows:
    def __init__(
        self,
        issuer: str,
        *,
        credentials: Credentials | None,
        dpop: Dpop | None,
        max_age: float,
        max_entries: int,
        now: Callable[[], float],
    ) -> None:
        self._base = issuer.rstrip("/")
        self._credentials = credentials
        self._dpop = dpop
        self._now = now
        self._tokens = TokenCache[ProviderToken](now, max_age=max_age, max_entries=max_entries)
        self._exchanged = TokenCache[ExchangedToken](now, max_age=max_age, max_entries=max_entries)

    def token(
        self, account: Account, bearer: str, connection: str, *, min_ttl: float, scope: Scope, force: bool
    ) -> Wanted[ProviderToken]:
        path = f"{account.path}/{quote(connection, safe='')}/token"
        scopes = _text_of(scope)
        # Another access token may belong to another user or have other rights, so it has cache entries of its own.
        key = key_of(bearer, path, scopes, sorted(account.headers.items()))
        query = {"min_ttl": f"{min_ttl:g}"} | _given(scope=scopes, force="true" if force else "")
        if force:
            self._tokens.delete(key)

        def load() -> Flow[ProviderToken]:
            request = httpx2.Request("GET", self._base + path, params=query, headers=dict(account.headers))
            response = yield self._authorized(request, bearer, self._dpop is not None)
            return self._read_token(response)

        return Wanted(self._tokens, key, min_ttl, force, load)

    def proxy(
        self, account: Account, bearer: str, connection: str, method: str, path: str, more: Mapping[str, Any]
    ) -> Flow[httpx2.Response]:
        is_bound = self._dpop is not None
        return (yield from self._call(account, connection, method, path, more, bearer, is_bound))

    def exchange(self, subject_token: str, scope: Scope, *, anew: bool = False) -> Wanted[ExchangedToken]:
        scopes = _text_of(scope)
        key = key_of(subject_token, self._client_id(), scopes)
        if anew:
            self._exchanged.delete(key)
        fields = {"requested_token_type": _own_type, "resource": f"{self._base}/v1"} | _given(scope=scopes)

        def load() -> Flow[ExchangedToken]:
            response = yield self._exchange_request(subject_token, fields)
            token = read_exchanged_token(_json_of(response), self._now())
            if token is None:
                raise Unreachable("unreachable", detail="it answered no token")
            return token

        return Wanted(self._exchanged, key, _margin, False, load)

    def token_on_behalf(
        self, subject_token: str, connection: str, *, min_ttl: float, scope: Scope, force: bool
    ) -> Wanted[ProviderToken]:
        scopes = _text_of(scope)
        key = key_of(subject_token, self._client_id(), connection, scopes)
        fields = {
            "requested_token_type": _provider_type,
            "connection": connection,
            "min_ttl": f"{min_ttl:g}",
        } | _given(scope=scopes, force="true" if force else "")
        if force:
            self._tokens.delete(key)

        def load() -> Flow[ProviderToken]:
            response = yield self._exchange_request(subject_token, fields)
            return self._read_token(response)

        return Wanted(self._tokens, key, min_ttl, force, load)

    def proxy_on_behalf(
        self, token: ExchangedToken, connection: str, method: str, path: str, more: Mapping[str, Any]
    ) -> Flow[httpx2.Response]:
        account = account_of_user()
        is_bound = token.type == "DPoP"
        return (yield from self._call(account, connection, method, path, more, token.access_token, is_bound))

    def _call(
        self,
        account: Account,
        connection: str,
        method: str,
        path: str,
        more: Mapping[str, Any],
        bearer: str,
        is_bound: bool,
    ) -> Flow[httpx2.Response]:
        below = f"{self._base}{account.path}/{quote(connection, safe='')}/proxy"
        # The access token must not go to another of the broker's endpoints by a `..` in the path.
        if not path.startswith("/") or not is_below(httpx2.URL(below + path), below):
            raise ValueError(f"{path!r} is no path of the provider's API")
        request = httpx2.Request(method, below + path, **more)
        request.headers.update(account.headers)
        response = yield self._authorized(request, bearer, is_bound)
        # The broker names the provider in each answer that is the provider's.
        if not response.is_success and "symbolon-provider" not in response.headers:
            raise refusal_of(response)
        return response

    def _authorized(self, request: httpx2.Request, bearer: str, is_bound: bool) -> Sending:
        if is_bound and self._dpop is not None:
            return Sending(request, self._dpop.auth(bearer))
        request.headers["Authorization"] = f"Bearer {bearer}"
        return Sending(request, None)

    def _client_id(self) -> str:
        if self._credentials is None:
            raise ValueError("the client needs the credentials of your API")
        return self._credentials.client_id

    def _exchange_request(self, subject_token: str, fields: Mapping[str, str]) -> Sending:
        credentials = self._credentials
        if credentials is None:
            raise ValueError("the client needs the credentials of your API")
        form = {
            "grant_type": _grant_type,
            "subject_token": subject_token,
            "subject_token_type": _own_type,
            **fields,
        }
        auth: tuple[str, str] | None = None
        if credentials.client_assertion is not None:
            form["client_id"] = credentials.client_id
            form["client_assertion_type"] = _assertion_type
            form["client_assertion"] = credentials.client_assertion()
        else:
            # RFC 6749 section 2.3.1 encodes both as in a form.
            auth = (quote(credentials.client_id, safe=""), quote(credentials.client_secret or "", safe=""))
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        request = httpx2.Request(
            "POST", f"{self._base}/oauth/token", content=urlencode(form).encode(), headers=headers
        )
        if auth is not None:
            basic = httpx2.BasicAuth(*auth)
            request = next(basic.auth_flow(request))
        return Sending(request, self._dpop.auth() if self._dpop else None)

    def _read_token(self, response: httpx2.Response) -> ProviderToken:
        token = read_provider_token(_json_of(response), self._now())
        if token is None:
            raise Unreachable("unreachable", status=response.status_code, detail="it answered no token")
        return token


def _json_of(response: httpx2.Response) -> object:
    if not response.is_success:
        raise refusal_of(response)
    try:
        return response.json()
    except ValueError as error:
        raise Unreachable("unreachable", status=response.status_code) from error


def _text_of(scope: Scope) -> str:
    return scope if isinstance(scope, str) else " ".join(scope)


def _given(**parameters: str) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if value}
