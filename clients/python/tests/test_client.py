"""The cache, the errors and the paths of the client, against a broker of a few lines."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

import symbolon_client as symbolon
from symbolon_client import AsyncClient, Client, Credentials

ISSUER = "https://id.example"
TIME = 1_800_000_000.0


class Broker:
    def __init__(self, **answer: Any) -> None:
        self.requests: list[httpx2.Request] = []
        self.time = TIME
        self.answer = httpx2.Response(200, json=token("at")) if not answer else httpx2.Response(**answer)
        self.lock = threading.Lock()

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        with self.lock:
            self.requests.append(request)
        kept = self.answer
        return httpx2.Response(kept.status_code, headers=kept.headers, content=kept.content)

    def now(self) -> float:
        return self.time

    def client(self, **more: Any) -> Client:
        http = httpx2.Client(transport=httpx2.MockTransport(self))
        return Client(ISSUER + "/", http=http, now=self.now, **more)

    def async_client(self, **more: Any) -> AsyncClient:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(self))
        return AsyncClient(ISSUER, http=http, now=self.now, **more)


def token(value: str) -> dict[str, Any]:
    return {
        "access_token": value,
        "token_type": "Bearer",
        "expires_in": 3600,
        "expires_at": "2030-01-01T00:00:00Z",
        "scope": "a b",
        "identity": {"id": "idn_1", "connection": "github", "provider": "github", "subject": "7"},
        "parameters": {"openid": "o"},
        "usage": {"transport": "header", "name": "Authorization", "scheme": "Bearer", "api_base": "https://api.example/v1"},
    }


def test_a_token_is_fetched_once_and_kept() -> None:
    broker = Broker()
    mine = broker.client().as_user(lambda: "user-token")
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda _: mine.token("github"), range(8)))
    assert len(broker.requests) == 1
    assert {one.access_token for one in tokens} == {"at"}
    request = broker.requests[0]
    assert str(request.url) == f"{ISSUER}/v1/me/identities/github/token?min_ttl=60"
    assert request.headers["authorization"] == "Bearer user-token"
    assert "access_token" not in repr(tokens[0])
    broker.time += 301
    mine.token("github")
    mine.token("github", scope=["a", "b"])
    mine.token("github", force=True)
    assert [dict(one.url.params) for one in broker.requests[1:]] == [
        {"min_ttl": "60"},
        {"min_ttl": "60", "scope": "a b"},
        {"min_ttl": "60", "force": "true"},
    ]
    broker.client().as_user("other").token("github")
    assert len(broker.requests) == 5


def test_no_token_is_served_after_its_end() -> None:
    broker = Broker()
    mine = broker.client(max_age=86_400).as_user("t")
    assert mine.token("github").expires_at is not None
    broker.time += 3500
    mine.token("github")
    assert len(broker.requests) == 1
    mine.token("github", min_ttl=300)
    assert len(broker.requests) == 2
    broker.time += 3601
    mine.token("github", min_ttl=0)
    assert len(broker.requests) == 3


def test_asyncio() -> None:
    broker = Broker()

    async def current() -> str:
        return "user-token"

    async def visit() -> None:
        async with broker.async_client() as client:
            mine = client.as_user(current)
            await asyncio.gather(*(mine.token("github") for _ in range(8)))
            away = client.in_background("robot", user="usr_1", reason="nightly")
            assert (await away.token("github")).identity.subject == "7"

    asyncio.run(visit())
    assert len(broker.requests) == 2
    assert broker.requests[1].url.path == "/v1/users/usr_1/identities/github/token"
    assert broker.requests[1].headers["symbolon-reason"] == "nightly"


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind", "members"),
    [
        (401, {"code": "invalid_token"}, {}, symbolon.InvalidToken, {}),
        (403, {"code": "insufficient_scope"}, {"WWW-Authenticate": 'Bearer scope="idp:github"'}, symbolon.InsufficientScope, {"scope": "idp:github"}),
        (404, {"code": "identity_not_found", "link_url": "https://l"}, {}, symbolon.IdentityNotFound, {"link_url": "https://l"}),
        (403, {"code": "consent_required", "consent_url": "https://c"}, {}, symbolon.ConsentRequired, {"consent_url": "https://c"}),
        (409, {"code": "reauthorization_required", "reason": "expired", "reauthorize_url": "https://r"}, {}, symbolon.ReauthorizationRequired, {"reason": "expired", "reauthorize_url": "https://r"}),
        (503, {"code": "provider_unavailable"}, {"Retry-After": "7"}, symbolon.ProviderUnavailable, {"retry_after": 7}),
        (429, {"code": "too_many_requests"}, {"Retry-After": "soon"}, symbolon.TooManyRequests, {"retry_after": 1}),
        (418, {"code": "new_code", "request_id": "req_1"}, {}, symbolon.Refused, {"code": "new_code", "request_id": "req_1"}),
        (302, None, {"Location": "https://else.example"}, symbolon.Unreachable, {"status": 302}),
        (200, {"token": "x"}, {}, symbolon.Unreachable, {}),
    ],
)
def test_refusals(
    status: int, body: Any, headers: dict[str, str], kind: type[symbolon.SymbolonError], members: dict[str, Any]
) -> None:
    broker = Broker(status_code=status, json=body, headers=headers)
    with pytest.raises(kind) as refused:
        broker.client().as_user("t").token("github")
    assert {name: getattr(refused.value, name) for name in members} == members
    assert type(refused.value) is kind


def test_the_proxy() -> None:
    broker = Broker(status_code=404, text="none", headers={"Symbolon-Provider": "github"})
    mine = broker.client().as_user("t")
    answer = mine.proxy("github", "POST", "/user/repos?a=b", json={"name": "x"}, headers={"X-A": "1"})
    assert (answer.status_code, answer.text) == (404, "none")
    request = broker.requests[0]
    assert str(request.url) == f"{ISSUER}/v1/me/identities/github/proxy/user/repos?a=b"
    assert (request.method, request.content, request.headers["x-a"]) == ("POST", b'{"name":"x"}', "1")
    for away in ("/../token", "/a/../../token", "/%2e%2e/token", "/..\\token", "/.%2E/x", "user", "@evil/"):
        with pytest.raises(ValueError):
            mine.proxy("github", "GET", away)
    assert len(broker.requests) == 1


def test_a_request_of_ones_own() -> None:
    found = Broker().client().as_user("t").token("github")
    request = found.request("GET", "/user", params={"a": "b"})
    assert str(request.url) == "https://api.example/v1/user?a=b"
    assert request.headers["authorization"] == "Bearer at"
    for away in ("user", "/../admin", "@evil.example/", "/%2E%2e/admin"):
        with pytest.raises(ValueError):
            found.request("GET", away)


def test_on_behalf_of_a_caller() -> None:
    broker = Broker()
    api = Credentials("api_1", "s:cret")
    caller = broker.client(credentials=api).on_behalf_of("caller-token")
    assert caller.token("github").access_token == "at"
    form = dict(httpx2.QueryParams(broker.requests[0].content.decode()))
    assert form == {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": "caller-token",
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "requested_token_type": "urn:symbolon:token-type:idp-access-token",
        "connection": "github",
        "min_ttl": "60",
    }
    assert broker.requests[0].headers["authorization"].startswith("Basic ")
    assert "cret" not in repr(api)
    broker.answer = httpx2.Response(
        200, json={"access_token": "own", "token_type": "Bearer", "expires_in": 300, "scope": "idp:github"},
        headers={"Symbolon-Provider": "github"},
    )
    for _ in range(2):
        caller.proxy("github", "GET", "/user")
    assert [one.url.path for one in broker.requests[1:]] == [
        "/oauth/token",
        "/v1/me/identities/github/proxy/user",
        "/v1/me/identities/github/proxy/user",
    ]
    assert broker.requests[2].headers["authorization"] == "Bearer own"
    broker.time += 280
    caller.exchange(scope="idp:github")
    assert len(broker.requests) == 5
    denied = {"error": "access_denied", "connection": "github", "connect_url": "https://c"}
    broker.answer = httpx2.Response(400, json=denied)
    with pytest.raises(symbolon.AccessDenied) as refused:
        caller.token("github", force=True)
    assert (refused.value.connection, refused.value.connect_url) == ("github", "https://c")
    with pytest.raises(ValueError):
        broker.client().on_behalf_of("t").token("github")


def test_a_permission_that_changed_is_asked_for_anew() -> None:
    seen: list[str] = []

    def broker(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.url.path)
        if request.url.path == "/oauth/token" and seen.count("/oauth/token") == 1:
            own = {"access_token": "own", "token_type": "Bearer", "expires_in": 300, "scope": "idp:github"}
            return httpx2.Response(200, json=own)
        if request.url.path == "/oauth/token":
            return httpx2.Response(400, json={"error": "access_denied", "connect_url": "https://c"})
        return httpx2.Response(403, json={"code": "insufficient_scope"})

    http = httpx2.Client(transport=httpx2.MockTransport(broker))
    caller = Client(ISSUER, credentials=Credentials("api_1", "s"), http=http).on_behalf_of("t")
    with pytest.raises(symbolon.AccessDenied) as refused:
        caller.proxy("github", "GET", "/user")
    assert refused.value.connect_url == "https://c"
    assert seen == ["/oauth/token", "/v1/me/identities/github/proxy/user", "/oauth/token"]
