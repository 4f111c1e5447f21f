"""The check of access tokens, and what an MCP server answers."""

import asyncio
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from symbolon_client import (
    AccessRefused,
    Authentication,
    Dpop,
    McpAuth,
    ProvenRequest,
    Refusal,
    Verifier,
)

ISSUER = "https://id.example"
API = "https://mcp.example/mcp"
TIME = 1_800_000_000
KEY = RSAKey.generate_key(2048, {"kid": "one"})
CURVE = ECKey.generate_key("P-256", {"kid": "ec"})
STRANGER = RSAKey.generate_key(2048, {"kid": "one"})


def now() -> float:
    return TIME


class Broker:
    """Serves the keys, and counts how often."""

    def __init__(self) -> None:
        self.keys: list[RSAKey | ECKey] = [KEY, CURVE]
        self.asked = 0
        self.status = 200

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        if self.status != 200:
            return httpx2.Response(self.status)
        public = [key.as_dict(private=False) for key in self.keys]
        return httpx2.Response(200, json={"keys": public})


def sign(head: dict[str, Any] | None = None, key: RSAKey | ECKey = KEY, **changes: Any) -> str:
    claims = {
        "iss": ISSUER,
        "aud": API,
        "sub": "usr_1",
        "client_id": "app_1",
        "jti": "j",
        "iat": TIME,
        "exp": TIME + 60,
        "scope": "notes:read notes:write",
    } | changes
    header = {"alg": "RS256", "typ": "at+jwt", "kid": "one"} | (head or {})
    header = {name: value for name, value in header.items() if value is not None}
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(header, claims, key, algorithms=["RS256", "ES256"])


def verifier(broker: Broker, **more: Any) -> Verifier:
    return Verifier(ISSUER, API, http=httpx2.Client(transport=httpx2.MockTransport(broker)), now=now, **more)


def test_good_tokens() -> None:
    broker = Broker()
    check = verifier(broker)
    found = check.authenticate(f"Bearer {sign()}", "notes:read")
    assert (found.subject, found.client_id, found.expires_at) == ("usr_1", "app_1", TIME + 60)
    assert found.scopes == {"notes:read", "notes:write"}
    check.authenticate(f"bearer {sign(aud=['https://else.example', API])}")
    check.authenticate(f"Bearer {sign({'typ': 'application/at+jwt'})}")
    assert broker.asked == 1
    curve = verifier(broker, algorithms=["ES256"])
    curve.authenticate(f"Bearer {sign({'alg': 'ES256', 'kid': 'ec'}, CURVE)}")


@pytest.mark.parametrize(
    "token",
    [
        sign({"typ": "JWT"}),
        sign({"typ": None}),
        sign(iss="https://else.example"),
        sign(aud="https://else.example"),
        sign(aud=None),
        sign(exp=TIME - 60),
        sign(exp=None),
        sign(nbf=TIME + 600),
        sign(sub=None),
        sign(client_id=None),
        sign(jti=None),
        sign({"kid": "two"}),
        sign(key=STRANGER),
        sign({"alg": "ES256", "kid": "ec"}, CURVE),
        sign()[:-4] + "AAAA",
        "a.b.c",
    ],
)
def test_bad_tokens(token: str) -> None:
    with pytest.raises(AccessRefused) as refused:
        verifier(Broker()).authenticate(f"Bearer {token}")
    assert (refused.value.status, dict(refused.value.headers)) == (
        401,
        {"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )


def test_no_token_little_scope_and_no_keys() -> None:
    check = verifier(Broker())
    for header in (None, "", "Basic eA==", "Bearer", "Bearer a b"):
        with pytest.raises(AccessRefused) as refused:
            check.authenticate(header)
        assert refused.value.headers == {"WWW-Authenticate": "Bearer"}
    with pytest.raises(AccessRefused) as refused:
        check.authenticate(f"Bearer {sign()}", ["notes:read", "notes:admin"])
    assert refused.value.status == 403
    assert refused.value.headers["WWW-Authenticate"].endswith('scope="notes:read notes:admin"')
    away = Broker()
    away.status = 500
    with pytest.raises(AccessRefused) as refused:
        verifier(away).authenticate(f"Bearer {sign()}")
    assert refused.value.status == 503


def test_an_unknown_key_is_looked_up_once_in_a_while() -> None:
    broker = Broker()
    time = float(TIME)
    http = httpx2.Client(transport=httpx2.MockTransport(broker))
    check = Verifier(ISSUER, API, http=http, now=lambda: time)
    check.authenticate(f"Bearer {sign()}")
    new = RSAKey.generate_key(2048, {"kid": "new"})
    broker.keys.append(new)
    token = sign({"kid": "new"}, new)
    for _ in range(3):
        with pytest.raises(AccessRefused):
            check.authenticate(f"Bearer {token}")
    assert broker.asked == 1
    time += 31
    check.authenticate(f"Bearer {token}")
    assert broker.asked == 2


def test_bound_tokens() -> None:
    check = verifier(Broker())
    dpop = Dpop(now=now)
    token = sign(cnf={"jkt": dpop.thumbprint})

    def proven(by: Dpop = dpop, method: str = "POST") -> ProvenRequest:
        return ProvenRequest("POST", API, by.proof(method, API, access_token=token))

    assert check.authenticate(f"DPoP {token}", (), proven()).subject == "usr_1"
    for authorization, request, error in [
        (f"Bearer {token}", proven(), "invalid_token"),
        (f"DPoP {sign()}", proven(), "invalid_token"),
        (f"DPoP {token}", None, "invalid_dpop_proof"),
        (f"DPoP {token}", proven(method="GET"), "invalid_dpop_proof"),
        (f"DPoP {token}", proven(Dpop(now=now)), "invalid_token"),
        (f"Bearer {sign(cnf={'x5t#S256': 'x'})}", None, "invalid_token"),
    ]:
        with pytest.raises(AccessRefused) as refused:
            check.authenticate(authorization, (), request)
        assert f'error="{error}"' in refused.value.headers["WWW-Authenticate"]


def mcp(**more: Any) -> McpAuth:
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(Broker()))
    return McpAuth(ISSUER, API, required=["notes:read"], name="Notes", http=http, now=now, **more)


def test_an_mcp_server_says_where_to_get_a_token() -> None:
    auth = mcp()
    assert auth.metadata_url == "https://mcp.example/.well-known/oauth-protected-resource/mcp"
    found = asyncio.run(auth.authenticate(None, "POST", "/mcp"))
    where = f'scope="notes:read", resource_metadata="{auth.metadata_url}"'
    assert isinstance(found, Refusal)
    assert (found.status, found.headers["WWW-Authenticate"]) == (401, f"Bearer {where}")
    little = asyncio.run(mcp().authenticate(f"Bearer {sign(scope='x')}", "POST", "/mcp"))
    assert isinstance(little, Refusal)
    assert little.headers["WWW-Authenticate"] == f'Bearer error="insufficient_scope", {where}'
    assert isinstance(asyncio.run(mcp().authenticate(f"Bearer {sign()}", "POST", "/mcp")), Authentication)
    strict = asyncio.run(mcp(bound_only=True).authenticate(f"Bearer {sign()}", "POST", "/mcp"))
    assert isinstance(strict, Refusal) and strict.headers["WWW-Authenticate"].startswith("DPoP ")
    step_up = auth.insufficient_scope(["notes:read", "notes:write"])
    assert (step_up.status, step_up.body) == (403, {"error": "insufficient_scope"})


def test_an_asgi_app_is_guarded() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = scope["state"]["symbolon"].subject.encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    async def visit() -> list[tuple[int, str]]:
        transport = httpx2.ASGITransport(app=mcp().guard(app))
        async with httpx2.AsyncClient(transport=transport, base_url="https://mcp.example") as http:
            answers = [
                await http.get("/.well-known/oauth-protected-resource/mcp"),
                await http.post("/mcp"),
                await http.post("/mcp", headers={"Authorization": f"Bearer {sign()}"}),
            ]
        return [(one.status_code, one.text) for one in answers]

    metadata, without, good = asyncio.run(visit())
    assert metadata[0] == 200 and '"resource_name": "Notes"' in metadata[1]
    assert without == (401, '{"error": "invalid_token"}')
    assert good == (200, "usr_1")
