"""Tokens that are bound to a key (RFC 9449)."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence
from typing import Any, Literal

import httpx2
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from ._json import fields_of

Key = ECKey | OKPKey | RSAKey
Algorithm = Literal["ES256", "ES384", "ES512", "Ed25519", "EdDSA", "RS256", "PS256"]

#: The asymmetric algorithms that proofs may have, as challenges name them.
PROOF_ALGORITHMS = ("ES256", "ES384", "ES512", "Ed25519", "EdDSA", "RS256", "PS256")

_curves = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
#: Seconds by which the clock of a client may differ, and for which a proof cannot be used again.
_window = 60
_most_proofs = 100_000


class Dpop:
    """A key that tokens are bound to, and its proofs. The default key lives as long as the process."""

    def __init__(
        self,
        key: Key | None = None,
        *,
        algorithm: Algorithm = "ES256",
        now: Callable[[], float] = time.time,
    ) -> None:
        self._key = key or _new_key(algorithm)
        self._algorithm = algorithm
        self._now = now
        self._public = _public_part(self._key)
        self._nonces: dict[str, str] = {}
        #: `dpop_jkt` of an authorization request, `cnf.jkt` of tokens.
        self.thumbprint: str = self._key.thumbprint()

    def proof(
        self,
        method: str,
        url: str | httpx2.URL,
        *,
        access_token: str | None = None,
        nonce: str | None = None,
    ) -> str:
        claims: dict[str, Any] = {
            "jti": str(uuid.uuid4()),
            "htm": method,
            "htu": str(httpx2.URL(url).copy_with(query=None, fragment=None)),
            "iat": int(self._now()),
        }
        if access_token is not None:
            claims["ath"] = _hash_of(access_token)
        if nonce is not None:
            claims["nonce"] = nonce
        header = {"alg": self._algorithm, "typ": "dpop+jwt", "jwk": self._public}
        return jwt.encode(header, claims, self._key, algorithms=[self._algorithm])

    def auth(self, access_token: str | None = None) -> DpopAuth:
        """For the parameter `auth` of httpx2: adds proofs, and the token if there is one."""
        return DpopAuth(self, access_token)

    def _send(
        self, request: httpx2.Request, access_token: str | None
    ) -> Generator[httpx2.Request, httpx2.Response, bool]:
        """Sends a request once. Returns whether the server asks for a nonce."""
        origin = f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"
        nonce = self._nonces.get(origin)
        proof = self.proof(request.method, request.url, access_token=access_token, nonce=nonce)
        request.headers["DPoP"] = proof
        if access_token is not None:
            request.headers["Authorization"] = f"DPoP {access_token}"
        response = yield request
        given = response.headers.get("dpop-nonce")
        if given is None:
            return False
        self._nonces[origin] = given
        return _asks_for_nonce(response)


class DpopAuth(httpx2.Auth):
    """Adds a proof to each request, and sends it once more when the server asks for a nonce.

    A body that is a stream is sent once only.
    """

    def __init__(self, dpop: Dpop, access_token: str | None = None) -> None:
        self._dpop = dpop
        self._access_token = access_token
        # The token endpoint names the reason in the body (RFC 9449 section 8), a resource in a header (section 9).
        self.requires_response_body = access_token is None

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        asked = yield from self._dpop._send(request, self._access_token)
        if asked and isinstance(request.stream, httpx2.ByteStream):
            yield from self._dpop._send(request, self._access_token)


def _asks_for_nonce(response: httpx2.Response) -> bool:
    if response.status_code == 401:
        return 'error="use_dpop_nonce"' in response.headers.get("www-authenticate", "")
    if response.status_code != 400 or not response.is_closed:
        return False
    try:
        return fields_of(response.json()).get("error") == "use_dpop_nonce"
    except ValueError:
        return False


class ProofRefused(Exception):
    """A request without a good proof for its token (RFC 9449 section 4.3)."""


class ProofCheck:
    """Checks proofs. Each counts once in this process; behind a balancer, each process counts for itself."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._used: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def thumbprint(self, method: str, url: str, proofs: str | Sequence[str] | None, access_token: str) -> str:
        """Returns the thumbprint of the key of a request's proof. Raises ProofRefused."""
        given = proofs.split(",") if isinstance(proofs, str) else list(proofs or ())
        if len(given) != 1:
            raise ProofRefused("there is not one proof")
        key, claims = _read_proof(given[0].strip())
        htu, jti, iat = claims.get("htu"), claims.get("jti"), claims.get("iat")
        if claims.get("htm") != method or claims.get("ath") != _hash_of(access_token):
            raise ProofRefused("the proof is for another request")
        if not isinstance(htu, str) or _page(htu) is None or _page(htu) != _page(url):
            raise ProofRefused("the proof is for another request")
        now = self._now()
        if isinstance(iat, bool) or not isinstance(iat, int | float) or abs(now - iat) > _window:
            raise ProofRefused("the proof is of another minute")
        thumbprint: str = key.thumbprint()
        if not isinstance(jti, str) or not jti or self._is_replay(f"{thumbprint} {jti}", now):
            raise ProofRefused("the proof was used before")
        return thumbprint

    def _is_replay(self, name: str, now: float) -> bool:
        identifier = _hash_of(name)
        with self._lock:
            if identifier in self._used:
                return True
            while self._used:
                oldest, until = next(iter(self._used.items()))
                if until > now and len(self._used) < _most_proofs:
                    break
                del self._used[oldest]
            # A proof of the future is good for twice the window.
            self._used[identifier] = now + 2 * _window
            return False


class _Registry(jws.JWSRegistry):
    # joserfc's own limit of 512 bytes is less than the header of a proof with an RSA key.
    max_header_length = 4096


def _read_proof(proof: str) -> tuple[Key, dict[str, Any]]:
    registry = _Registry(algorithms=list(PROOF_ALGORITHMS))
    try:
        header = jws.extract_compact(proof.encode(), registry=registry).headers()
        jwk = header.get("jwk")
        if header.get("typ") != "dpop+jwt" or not isinstance(jwk, dict):
            raise ProofRefused("the proof has no key or another type")
        if jwk.get("kty") not in ("EC", "OKP", "RSA") or "d" in jwk:
            raise ProofRefused("the key of the proof is no public one")
        key = import_key(jwk)
        token = jwt.decode(proof, key, registry=registry)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ProofRefused("the proof is no signed JWT of its type") from error
    if not isinstance(key, ECKey | OKPKey | RSAKey):
        raise ProofRefused("the key of the proof is no public one")
    return key, dict(token.claims)


def _page(url: str) -> str | None:
    """Query and fragment do not count (RFC 9449 section 4.3)."""
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        return None
    if not parsed.is_absolute_url:
        return None
    path = parsed.raw_path.split(b"?")[0].decode("ascii", "replace")
    return f"{parsed.scheme}://{parsed.netloc.decode('ascii')}{_without_dots(path)}"


def _without_dots(path: str) -> str:
    if not re.search(r"(^|/)\.\.?(/|$)", path):
        return path
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept)


def _hash_of(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def _new_key(algorithm: Algorithm) -> Key:
    if algorithm in _curves:
        return ECKey.generate_key(_curves[algorithm])
    if algorithm in ("Ed25519", "EdDSA"):
        return OKPKey.generate_key("Ed25519")
    return RSAKey.generate_key(2048)


def _public_part(key: Key) -> dict[str, Any]:
    names = {"EC": ("kty", "crv", "x", "y"), "OKP": ("kty", "crv", "x"), "RSA": ("kty", "n", "e")}
    whole = key.as_dict(private=False)
    return {name: whole[name] for name in names[str(whole["kty"])]}
