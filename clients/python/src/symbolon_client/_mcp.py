"""An MCP server that uses the broker as its authorization server (RFC 9728). It needs no package of MCP."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from ._dpop import PROOF_ALGORITHMS
from ._verifier import AccessRefused, AsyncVerifier, Authentication, ProvenRequest

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_open_to_scripts = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal in plain parts, for whatever sends it."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, str]


class McpAuth:
    """The metadata and the challenges of an MCP server, and the check of its tokens."""

    def __init__(
        self,
        issuer: str,
        resource: str,
        *,
        required: Sequence[str] = (),
        scopes: Sequence[str] | None = None,
        name: str | None = None,
        documentation: str | None = None,
        algorithms: Sequence[str] = ("RS256",),
        bound_only: bool = False,
        http: httpx2.AsyncClient | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        parts = urlsplit(resource)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._required = tuple(required)
        self._bound_only = bound_only
        self._verifier = AsyncVerifier(issuer, resource, algorithms=algorithms, http=http, now=now)
        # RFC 9728 section 3.1: the path of the resource follows, unless it is only a slash.
        path = "" if parts.path == "/" else parts.path
        self.metadata_path = "/.well-known/oauth-protected-resource" + path
        self.metadata_url = self._origin + self.metadata_path + (f"?{parts.query}" if parts.query else "")
        self.metadata: dict[str, Any] = {
            "resource": resource,
            "authorization_servers": [issuer.rstrip("/")],
            "scopes_supported": list(required if scopes is None else scopes),
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": list(PROOF_ALGORITHMS),
        }
        if bound_only:
            self.metadata["dpop_bound_access_tokens_required"] = True
        if name is not None:
            self.metadata["resource_name"] = name
        if documentation is not None:
            self.metadata["resource_documentation"] = documentation

    async def authenticate(
        self, authorization: str | None, method: str, path: str, proofs: str | Sequence[str] | None = None
    ) -> Authentication | Refusal:
        """Returns the verified token of a request, or the answer to it. `path` is the request's, with its query."""
        request = ProvenRequest(method, self._origin + path, proofs)
        try:
            found = await self._verifier.authenticate(authorization, self._required, request)
        except AccessRefused as refused:
            return self._refusal_of(refused)
        if self._bound_only and "cnf" not in found.claims:
            return self._refusal(401, "DPoP", "invalid_token", self._required)
        return found

    def insufficient_scope(self, scopes: Sequence[str]) -> Refusal:
        """The answer to a caller whose token lacks these scopes, so that its client asks the person for them."""
        return self._refusal(403, "Bearer", "insufficient_scope", scopes)

    def guard(self, app: App) -> App:
        """Returns an ASGI app that serves the metadata and lets only good tokens through to `app`.

        The app finds the Authentication as `scope["state"]["symbolon"]`.
        """

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return await app(scope, receive, send)
            method: str = scope["method"]
            if scope["path"] == self.metadata_path and method in ("GET", "HEAD", "OPTIONS"):
                return await self._send_metadata(method, send)
            headers: list[tuple[bytes, bytes]] = scope["headers"]
            given = [value.decode("latin-1") for name, value in headers if name == b"authorization"]
            proofs = [value.decode("latin-1") for name, value in headers if name == b"dpop"]
            path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
            found = await self.authenticate(given[0] if len(given) == 1 else None, method, path, proofs)
            if isinstance(found, Refusal):
                body = json.dumps(dict(found.body)).encode()
                return await _respond(send, found.status, found.headers, body)
            scope.setdefault("state", {})["symbolon"] = found
            await app(scope, receive, send)

        return guarded

    async def _send_metadata(self, method: str, send: Send) -> None:
        if method == "OPTIONS":
            return await _respond(send, 204, _open_to_scripts, b"")
        headers = {
            "Content-Type": "application/json",
            "Cache-Control": "public, max-age=300",
            **_open_to_scripts,
        }
        body = json.dumps(self.metadata).encode()
        await _respond(send, 200, headers, b"" if method == "HEAD" else body)

    def _refusal_of(self, refused: AccessRefused) -> Refusal:
        if refused.status == 503:
            return Refusal(503, refused.headers, {"error": "temporarily_unavailable"})
        given = refused.headers.get("WWW-Authenticate", "")
        scheme = "DPoP" if self._bound_only or given.startswith("DPoP") else "Bearer"
        error = re.search(r'error="([^"]*)"', given)
        return self._refusal(refused.status, scheme, error.group(1) if error else None, self._required)

    def _refusal(self, status: int, scheme: str, error: str | None, scopes: Sequence[str]) -> Refusal:
        parameters = [
            f'error="{error}"' if error else "",
            f'scope="{" ".join(scopes)}"' if scopes else "",
            f'resource_metadata="{self.metadata_url}"',
            f'algs="{" ".join(PROOF_ALGORITHMS)}"' if scheme == "DPoP" else "",
        ]
        challenge = f"{scheme} {', '.join(one for one in parameters if one)}"
        headers = {"WWW-Authenticate": challenge, "Content-Type": "application/json"}
        return Refusal(status, headers, {"error": error or "invalid_token"})


async def _respond(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
