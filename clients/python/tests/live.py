"""Runs against a broker, which `npm run prove:python` starts. It reads what it needs as JSON and prints what it saw."""

import asyncio
import json
import sys
from typing import Any

import httpx2

from symbolon_client import (
    AccessDenied,
    AsyncClient,
    Client,
    ConnectionNotAllowed,
    Credentials,
    InvalidGrant,
    InvalidToken,
    SymbolonError,
    Verifier,
)


def refused(call: Any) -> SymbolonError:
    try:
        call()
    except SymbolonError as error:
        return error
    raise AssertionError("it was not refused")


def app(given: dict[str, Any]) -> dict[str, Any]:
    with Client(given["issuer"]) as client:
        mine = client.as_user(given["app_token"])
        token = mine.token("google", min_ttl=300)
        with httpx2.Client() as http:
            answer = http.send(token.request("GET", "/v1/userinfo"))
        assert isinstance(refused(lambda: client.as_user("a.b.c").token("google")), InvalidToken)
        assert isinstance(refused(lambda: mine.proxy("google", "GET", "/v1/other")), ConnectionNotAllowed)
        proxied = mine.proxy("google", "GET", "/v1/userinfo", params={"x": "1"})
        fresh = mine.token("google", force=True)
        return {
            "provider": answer.status_code,
            "proxied": proxied.json()["sub"] == answer.json()["sub"],
            "fresh": fresh.access_token != token.access_token,
        }


def api(given: dict[str, Any]) -> dict[str, Any]:
    verifier = Verifier(given["issuer"], given["identifier"])
    found = verifier.authenticate(f"Bearer {given['caller_token']}", "notes:read")
    credentials = Credentials(given["api_id"], given["api_secret"])
    with Client(given["issuer"], credentials=credentials) as client:
        caller = client.on_behalf_of(given["caller_token"])
        token = caller.exchange(scope="idp:google")
        denied = refused(lambda: client.on_behalf_of(given["bare_token"]).proxy("google", "GET", "/v1/userinfo"))
        assert isinstance(denied, AccessDenied)
        foreign = refused(lambda: client.on_behalf_of(given["app_token"]).token("google"))
        assert isinstance(foreign, InvalidGrant)
        return {
            "subject": found.subject,
            "client_id": found.client_id,
            "scopes": list(token.scopes),
            "token": caller.token("google").identity.connection,
            "proxied": caller.proxy("google", "GET", "/v1/userinfo").status_code,
            "connect_url": denied.connect_url,
        }


async def concurrently(given: dict[str, Any]) -> int:
    async with AsyncClient(given["issuer"]) as client:
        mine = client.as_user(given["app_token"])
        tokens = await asyncio.gather(*(mine.token("google") for _ in range(20)))
        return len({token.access_token for token in tokens})


if __name__ == "__main__":
    config = json.load(sys.stdin)
    seen = {"app": app(config), "api": api(config), "together": asyncio.run(concurrently(config))}
    print(json.dumps(seen))
