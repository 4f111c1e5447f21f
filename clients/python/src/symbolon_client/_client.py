"""Clients that retrieve provider tokens from the broker and call its proxy."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar
from weakref import WeakValueDictionary

import httpx2

from ._dpop import Dpop
from ._errors import Unreachable, about_permission
from ._flows import (
    Account,
    Credentials,
    Flow,
    Flows,
    Scope,
    Wanted,
    account_in_background,
    account_of_user,
)
from ._tokens import ExchangedToken, ProviderToken

T = TypeVar("T")

#: An access token of the broker, or a function that returns the current one.
AccessToken = str | Callable[[], str]
AsyncAccessToken = str | Callable[[], str | Awaitable[str]]


class Client:
    """Retrieves each token once for all threads, keeps it, and types refusals. It does not sign people in."""

    def __init__(
        self,
        issuer: str,
        *,
        credentials: Credentials | None = None,
        dpop: Dpop | None = None,
        max_age: float = 300,
        max_entries: int = 10_000,
        timeout: float = 10,
        http: httpx2.Client | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._flows = Flows(
            issuer, credentials=credentials, dpop=dpop, max_age=max_age, max_entries=max_entries, now=now
        )
        self._http = http or httpx2.Client(timeout=timeout)
        self._locks: WeakValueDictionary[str, _Lock] = WeakValueDictionary()
        self._guard = threading.Lock()

    def as_user(self, access_token: AccessToken) -> Tokens:
        """Acts for the user of this access token."""
        return Tokens(self, account_of_user(), access_token)

    def in_background(self, access_token: AccessToken, *, user: str, reason: str) -> Tokens:
        """Acts for a user who is not present.

        The access token is a client-credentials token of an app with background access; the reason is audited.
        """
        return Tokens(self, account_in_background(user, reason), access_token)

    def on_behalf_of(self, access_token: AccessToken) -> OnBehalf:
        """Acts for the person whose app has called your API with this access token."""
        return OnBehalf(self, access_token)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _drive(self, flow: Flow[T]) -> T:
        try:
            sending = next(flow)
            while True:
                try:
                    # A redirect would carry the access token elsewhere.
                    response = self._http.send(sending.request, auth=sending.auth, follow_redirects=False)
                except httpx2.HTTPError as error:
                    raise Unreachable("unreachable") from error
                sending = flow.send(response)
        except StopIteration as done:
            result: T = done.value
            return result

    def _take(self, wanted: Wanted[T]) -> T:
        with self._guard:
            lock = self._locks.setdefault(wanted.key, _Lock())
        kept: T | None = None if wanted.force else wanted.cache.get(wanted.key, wanted.min_ttl)
        if kept is None:
            with lock.lock:
                kept = None if wanted.force else wanted.cache.get(wanted.key, wanted.min_ttl)
                if kept is None:
                    kept = self._drive(wanted.load())
                    wanted.cache.put(wanted.key, kept)
        return kept


class _Lock:
    def __init__(self) -> None:
        self.lock = threading.Lock()


class Tokens:
    def __init__(self, client: Client, account: Account, access_token: AccessToken) -> None:
        self._client = client
        self._account = account
        self._access_token = access_token

    def token(
        self, connection: str, *, min_ttl: float = 60, scope: Scope = (), force: bool = False
    ) -> ProviderToken:
        """Returns the token of a connection by alias, or of one identity by id.

        `force` refreshes at the provider, for when the provider refused the token; it is rate limited.
        """
        bearer = _current(self._access_token)
        flows = self._client._flows
        wanted = flows.token(self._account, bearer, connection, min_ttl=min_ttl, scope=scope, force=force)
        return self._client._take(wanted)

    def proxy(self, connection: str, method: str, path: str, **more: Any) -> httpx2.Response:
        """Calls the provider's API through the broker, without the provider's token.

        Returns the provider's answer, whatever its status. Raises SymbolonError for a refusal of the broker.
        `more` goes to `httpx2.Request`: `params`, `headers`, `json`, `content` and others.
        """
        bearer = _current(self._access_token)
        flow = self._client._flows.proxy(self._account, bearer, connection, method, path, more)
        return self._client._drive(flow)


class OnBehalf:
    """What your API may do for the person whose app has called it."""

    def __init__(self, client: Client, access_token: AccessToken) -> None:
        self._client = client
        self._access_token = access_token

    def exchange(self, *, scope: Scope = ()) -> ExchangedToken:
        """Returns a short token for the broker's own API, with which to call the proxy."""
        return self._client._take(self._client._flows.exchange(_current(self._access_token), scope))

    def token(
        self, connection: str, *, min_ttl: float = 60, scope: Scope = (), force: bool = False
    ) -> ProviderToken:
        subject = _current(self._access_token)
        flows = self._client._flows
        return self._client._take(
            flows.token_on_behalf(subject, connection, min_ttl=min_ttl, scope=scope, force=force)
        )

    def proxy(self, connection: str, method: str, path: str, **more: Any) -> httpx2.Response:
        flows = self._client._flows

        def call(anew: bool) -> httpx2.Response:
            subject = _current(self._access_token)
            token = self._client._take(flows.exchange(subject, _scope_for(connection), anew=anew))
            return self._client._drive(flows.proxy_on_behalf(token, connection, method, path, more))

        try:
            return call(False)
        except about_permission:
            # The person may have decided anew since the exchange. A new one succeeds, or names the page for them.
            return call(True)


class AsyncClient:
    """The same for asyncio."""

    def __init__(
        self,
        issuer: str,
        *,
        credentials: Credentials | None = None,
        dpop: Dpop | None = None,
        max_age: float = 300,
        max_entries: int = 10_000,
        timeout: float = 10,
        http: httpx2.AsyncClient | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._flows = Flows(
            issuer, credentials=credentials, dpop=dpop, max_age=max_age, max_entries=max_entries, now=now
        )
        self._http = http or httpx2.AsyncClient(timeout=timeout)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def as_user(self, access_token: AsyncAccessToken) -> AsyncTokens:
        """Acts for the user of this access token."""
        return AsyncTokens(self, account_of_user(), access_token)

    def in_background(self, access_token: AsyncAccessToken, *, user: str, reason: str) -> AsyncTokens:
        """Acts for a user who is not present; the reason is audited."""
        return AsyncTokens(self, account_in_background(user, reason), access_token)

    def on_behalf_of(self, access_token: AsyncAccessToken) -> AsyncOnBehalf:
        """Acts for the person whose app has called your API with this access token."""
        return AsyncOnBehalf(self, access_token)

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _drive(self, flow: Flow[T]) -> T:
        try:
            sending = next(flow)
            while True:
                try:
                    response = await self._http.send(sending.request, auth=sending.auth, follow_redirects=False)
                except httpx2.HTTPError as error:
                    raise Unreachable("unreachable") from error
                sending = flow.send(response)
        except StopIteration as done:
            result: T = done.value
            return result

    async def _take(self, wanted: Wanted[T]) -> T:
        lock = self._locks.setdefault(wanted.key, asyncio.Lock())
        kept: T | None = None if wanted.force else wanted.cache.get(wanted.key, wanted.min_ttl)
        if kept is None:
            async with lock:
                kept = None if wanted.force else wanted.cache.get(wanted.key, wanted.min_ttl)
                if kept is None:
                    kept = await self._drive(wanted.load())
                    wanted.cache.put(wanted.key, kept)
        return kept


class AsyncTokens:
    def __init__(self, client: AsyncClient, account: Account, access_token: AsyncAccessToken) -> None:
        self._client = client
        self._account = account
        self._access_token = access_token

    async def token(
        self, connection: str, *, min_ttl: float = 60, scope: Scope = (), force: bool = False
    ) -> ProviderToken:
        bearer = await _current_async(self._access_token)
        flows = self._client._flows
        wanted = flows.token(self._account, bearer, connection, min_ttl=min_ttl, scope=scope, force=force)
        return await self._client._take(wanted)

    async def proxy(self, connection: str, method: str, path: str, **more: Any) -> httpx2.Response:
        bearer = await _current_async(self._access_token)
        flow = self._client._flows.proxy(self._account, bearer, connection, method, path, more)
        return await self._client._drive(flow)


class AsyncOnBehalf:
    def __init__(self, client: AsyncClient, access_token: AsyncAccessToken) -> None:
        self._client = client
        self._access_token = access_token

    async def exchange(self, *, scope: Scope = ()) -> ExchangedToken:
        subject = await _current_async(self._access_token)
        return await self._client._take(self._client._flows.exchange(subject, scope))

    async def token(
        self, connection: str, *, min_ttl: float = 60, scope: Scope = (), force: bool = False
    ) -> ProviderToken:
        subject = await _current_async(self._access_token)
        flows = self._client._flows
        return await self._client._take(
            flows.token_on_behalf(subject, connection, min_ttl=min_ttl, scope=scope, force=force)
        )

    async def proxy(self, connection: str, method: str, path: str, **more: Any) -> httpx2.Response:
        flows = self._client._flows

        async def call(anew: bool) -> httpx2.Response:
            subject = await _current_async(self._access_token)
            token = await self._client._take(flows.exchange(subject, _scope_for(connection), anew=anew))
            return await self._client._drive(flows.proxy_on_behalf(token, connection, method, path, more))

        try:
            return await call(False)
        except about_permission:
            return await call(True)


def _scope_for(connection: str) -> Scope:
    """An id of one account names no scope: the token then has all that the API may have."""
    return () if connection.startswith("idn_") else (f"idp:{connection}",)


def _current(access_token: AccessToken) -> str:
    return access_token if isinstance(access_token, str) else access_token()


async def _current_async(access_token: AsyncAccessToken) -> str:
    if isinstance(access_token, str):
        return access_token
    given = access_token()
    return await given if inspect.isawaitable(given) else given
