"""The proofs that the library makes, and those that it accepts (RFC 9449)."""

import base64
import hashlib
import json
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from symbolon_client import Dpop
from symbolon_client._dpop import Algorithm, ProofCheck, ProofRefused

TIME = 1_800_000_000
URL = "https://mcp.example/mcp?page=2"
TOKEN = "at-1"
KEY = ECKey.generate_key("P-256")
ATH = base64.urlsafe_b64encode(hashlib.sha256(TOKEN.encode()).digest()).rstrip(b"=").decode()


def now() -> float:
    return TIME


def payload_of(proof: str) -> dict[str, Any]:
    part = proof.split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return decoded


def test_a_proof_names_the_request_the_token_and_the_key() -> None:
    dpop = Dpop(KEY, now=now)
    proof = dpop.proof("POST", URL, access_token=TOKEN, nonce="n")
    claims = payload_of(proof)
    assert claims.pop("jti") != payload_of(dpop.proof("POST", URL))["jti"]
    expected = {"htm": "POST", "htu": "https://mcp.example/mcp", "iat": TIME, "ath": ATH, "nonce": "n"}
    assert claims == expected
    assert ProofCheck(now).thumbprint("POST", URL, proof, TOKEN) == dpop.thumbprint == KEY.thumbprint()


@pytest.mark.parametrize("algorithm", ["ES384", "Ed25519", "RS256", "PS256"])
def test_algorithms(algorithm: Algorithm) -> None:
    dpop = Dpop(algorithm=algorithm, now=now)
    proof = dpop.proof("GET", URL, access_token=TOKEN)
    assert ProofCheck(now).thumbprint("GET", URL, proof, TOKEN) == dpop.thumbprint


def make(head: dict[str, Any] | None = None, **changes: Any) -> str:
    claims = {"jti": "j", "htm": "GET", "htu": "https://mcp.example/mcp", "iat": TIME, "ath": ATH} | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    public = {name: KEY.as_dict(private=False)[name] for name in ("kty", "crv", "x", "y")}
    header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": public} | (head or {})
    header = {name: value for name, value in header.items() if value is not None}
    return jwt.encode(header, claims, KEY, algorithms=["ES256"])


@pytest.mark.parametrize("htu", ["https://MCP.example:443/mcp", "HTTPS://mcp.example/x/../mcp#f", URL])
def test_spellings_of_an_address(htu: str) -> None:
    assert ProofCheck(now).thumbprint("GET", URL, make(htu=htu), TOKEN) == KEY.thumbprint()


@pytest.mark.parametrize(
    ("head", "changes"),
    [
        ({}, {"htm": "POST"}),
        ({}, {"htm": "get"}),
        ({}, {"htu": "https://mcp.example/other"}),
        ({}, {"htu": "http://mcp.example/mcp"}),
        ({}, {"htu": None}),
        ({}, {"ath": "x"}),
        ({}, {"ath": None}),
        ({}, {"jti": None}),
        ({}, {"jti": 1}),
        ({}, {"iat": TIME - 61}),
        ({}, {"iat": TIME + 61}),
        ({}, {"iat": None}),
        ({"typ": "JWT"}, {}),
        ({"jwk": None}, {}),
        ({"jwk": KEY.as_dict(private=True)}, {}),
        ({"jwk": ECKey.generate_key("P-256").as_dict(private=False)}, {}),
    ],
)
def test_refused_proofs(head: dict[str, Any], changes: dict[str, Any]) -> None:
    with pytest.raises(ProofRefused):
        ProofCheck(now).thumbprint("GET", URL, make(head, **changes), TOKEN)


def test_one_proof_once() -> None:
    check = ProofCheck(now)
    good = make()
    secret = OctKey.import_key("s" * 32)
    header = {"alg": "HS256", "typ": "dpop+jwt", "jwk": {"kty": "oct", "k": "AA"}}
    symmetric = jwt.encode(header, {"jti": "j"}, secret, algorithms=["HS256"])
    for proofs in (None, "", [], "a.b.c", f"{good}, {make(jti='k')}", [good, good], symmetric):
        with pytest.raises(ProofRefused):
            check.thumbprint("GET", URL, proofs, TOKEN)
    check.thumbprint("GET", URL, good, TOKEN)
    with pytest.raises(ProofRefused):
        check.thumbprint("GET", URL, good, TOKEN)
    check.thumbprint("GET", URL, make(jti="new"), TOKEN)


def test_a_nonce_is_learned_and_kept() -> None:
    seen: list[tuple[Any, bytes]] = []
    nonce = "one"

    def server(request: httpx2.Request) -> httpx2.Response:
        claims = payload_of(request.headers["dpop"])
        seen.append((claims.get("nonce"), request.content))
        headers = {"DPoP-Nonce": nonce}
        if claims.get("nonce") == nonce:
            return httpx2.Response(200, headers=headers)
        if request.url.path == "/token":
            return httpx2.Response(400, headers=headers, json={"error": "use_dpop_nonce"})
        error = "invalid_token" if request.url.path == "/never" else "use_dpop_nonce"
        return httpx2.Response(401, headers=headers | {"WWW-Authenticate": f'DPoP error="{error}"'})

    dpop = Dpop()
    http = httpx2.Client(transport=httpx2.MockTransport(server), base_url="https://as.example")
    assert http.post("/token", data={"a": "b"}, auth=dpop.auth()).status_code == 200
    assert seen == [(None, b"a=b"), ("one", b"a=b")]
    nonce = "two"
    for _ in range(2):
        assert http.get("/api", auth=dpop.auth(TOKEN)).status_code == 200
    assert [one for one, _ in seen[2:]] == ["one", "two", "two"]
    nonce = "three"
    assert http.get("/never", auth=dpop.auth(TOKEN)).status_code == 401
    assert len(seen) == 6
