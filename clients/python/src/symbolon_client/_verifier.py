"""Checks the broker's access tokens (RFC 9068 section 4, RFC 9449 section 7.1)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ._dpop import PROOF_ALGORITHMS, ProofCheck, ProofRefused
from ._flows import Scope
from ._json import fields_of, text_of

#: Seconds between two requests for the keys because of an unknown key id.
_cooldown = 30
#: Seconds after which the keys are fetched anew.
_longest = 600


class AccessRefused(Exception):
    """A refusal with 401, 403 or 503 and the headers that state the reason."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(f"access refused: {status}")
        self.status = status
        self.headers = headers


@dataclass(frozen=True, slots=True)
class ProvenRequest:
    """The request that came with a token, for tokens that are bound to a key."""

    method: str
    #: The address as the client wrote it, in front of any reverse proxy.
    url: str
    #: The header `DPoP`, or the values of all such headers.
    proofs: str | Sequence[str] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Authentication:
    """A verified access token."""

    #: The user's id, or the app's own where it acts for no user.
    subject: str
    client_id: str
    scopes: frozenset[str]
    #: Epoch seconds.
    expires_at: int
    claims: Mapping[str, Any]
    token: str = field(repr=False)


class _Checks:
    def __init__(
        self, issuer: str, audience: str, algorithms: Sequence[str], now: Callable[[], float]
    ) -> None:
        self._issuer = issuer.rstrip("/")
        self._audience = audience
        self._algorithms = list(algorithms)
        self._now = now
        self._proofs = ProofCheck(now)
        self._keys: KeySet | None = None
        self._fetched_at = float("-inf")
        self.jwks_uri = f"{self._issuer}/.well-known/jwks.json"

    def wants_keys(self, presented: tuple[str, str]) -> bool:
        """Whether the keys are absent or old, or lack the one of this token."""
        _, token = presented
        age = self._now() - self._fetched_at
        if self._keys is None or age > _longest:
            return True
        try:
            kid = jws.extract_compact(token.encode()).headers().get("kid")
        except (JoseError, ValueError):
            return False
        return age >= _cooldown and not any(key.kid == kid for key in self._keys.keys)

    def keep_keys(self, response: httpx2.Response) -> None:
        try:
            response.raise_for_status()
            self._keys = KeySet.import_key_set(response.json())
        except (httpx2.HTTPError, JoseError, ValueError, KeyError, TypeError) as error:
            raise AccessRefused(503, {"Retry-After": "1"}) from error
        self._fetched_at = self._now()

    def presented(self, authorization: str | None) -> tuple[str, str]:
        found = re.fullmatch(r"(Bearer|DPoP) +([\w.~+/-]+=*) *", authorization or "", re.IGNORECASE | re.ASCII)
        # A request without a token is told what to bring, without an error code (RFC 6750 section 3).
        if found is None:
            raise AccessRefused(401, {"WWW-Authenticate": "Bearer"})
        return ("DPoP" if found.group(1).lower() == "dpop" else "Bearer"), found.group(2)

    def check(self, presented: tuple[str, str], scope: Scope, request: ProvenRequest | None) -> Authentication:
        scheme, token = presented
        try:
            claims = self._claims_of(token)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _refusal(scheme, "invalid_token") from error
        self._check_sender(scheme, token, claims, request)
        scopes = frozenset((text_of(claims.get("scope")) or "").split())
        wanted = scope.split() if isinstance(scope, str) else list(scope)
        if not scopes.issuperset(wanted):
            headers = _challenge(scheme, "insufficient_scope", " ".join(wanted))
            raise AccessRefused(403, headers)
        return Authentication(
            subject=claims["sub"],
            client_id=claims["client_id"],
            scopes=scopes,
            expires_at=int(claims["exp"]),
            claims=claims,
            token=token,
        )

    def _claims_of(self, token: str) -> dict[str, Any]:
        if self._keys is None:
            raise ValueError("there are no keys")
        decoded = jwt.decode(token, self._keys, algorithms=self._algorithms)
        # One spelling has the prefix (RFC 9068 section 2.1).
        media_type = str(decoded.header.get("typ", "")).lower().removeprefix("application/")
        if media_type != "at+jwt":
            raise ValueError("this is no access token")
        jwt.JWTClaimsRegistry(
            now=int(self._now()),
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            sub={"essential": True},
            client_id={"essential": True},
            jti={"essential": True},
            iat={"essential": True},
            exp={"essential": True},
        ).validate(decoded.claims)
        texts = [decoded.claims[name] for name in ("sub", "client_id", "jti")]
        if not all(isinstance(one, str) for one in texts):
            raise ValueError("a claim is no text")
        return decoded.claims

    def _check_sender(
        self, scheme: str, token: str, claims: Mapping[str, Any], request: ProvenRequest | None
    ) -> None:
        """A bound token counts only with a proof of its key (RFC 9449 section 7.1, RFC 7800)."""
        is_bound = "cnf" in claims
        if is_bound != (scheme == "DPoP"):
            raise _refusal(scheme, "invalid_token")
        if not is_bound:
            return
        if request is None:
            raise _refusal(scheme, "invalid_dpop_proof")
        try:
            thumbprint = self._proofs.thumbprint(request.method, request.url, request.proofs, token)
        except ProofRefused as error:
            raise _refusal(scheme, "invalid_dpop_proof") from error
        if text_of(fields_of(claims["cnf"]).get("jkt")) != thumbprint:
            raise _refusal(scheme, "invalid_token")


class Verifier:
    """Verifies the header `Authorization`. It fetches keys once, and again for an unknown key id."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        *,
        algorithms: Sequence[str] = ("RS256",),
        http: httpx2.Client | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._checks = _Checks(issuer, audience, algorithms, now)
        self._http = http or httpx2.Client(timeout=10)

    def authenticate(
        self, authorization: str | None, scope: Scope = (), request: ProvenRequest | None = None
    ) -> Authentication:
        """Raises AccessRefused."""
        presented = self._checks.presented(authorization)
        if self._checks.wants_keys(presented):
            try:
                response = self._http.get(self._checks.jwks_uri)
            except httpx2.HTTPError as error:
                raise AccessRefused(503, {"Retry-After": "1"}) from error
            self._checks.keep_keys(response)
        return self._checks.check(presented, scope, request)


class AsyncVerifier:
    """The same for asyncio."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        *,
        algorithms: Sequence[str] = ("RS256",),
        http: httpx2.AsyncClient | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._checks = _Checks(issuer, audience, algorithms, now)
        self._http = http or httpx2.AsyncClient(timeout=10)

    async def authenticate(
        self, authorization: str | None, scope: Scope = (), request: ProvenRequest | None = None
    ) -> Authentication:
        """Raises AccessRefused."""
        presented = self._checks.presented(authorization)
        if self._checks.wants_keys(presented):
            try:
                response = await self._http.get(self._checks.jwks_uri)
            except httpx2.HTTPError as error:
                raise AccessRefused(503, {"Retry-After": "1"}) from error
            self._checks.keep_keys(response)
        return self._checks.check(presented, scope, request)


def _refusal(scheme: str, error: str) -> AccessRefused:
    return AccessRefused(401, _challenge(scheme, error))


def _challenge(scheme: str, error: str, scope: str | None = None) -> dict[str, str]:
    needed = f', scope="{scope}"' if scope is not None else ""
    algorithms = f', algs="{" ".join(PROOF_ALGORITHMS)}"' if scheme == "DPoP" else ""
    return {"WWW-Authenticate": f'{scheme} error="{error}"{needed}{algorithms}'}
