"""Signs people in at Symbolon and calls GitHub's API with the token it keeps. Python's standard library, nothing else."""

import base64
import hashlib
import http.cookies
import http.server
import json
import os
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request

ISSUER = os.environ["ISSUER"].rstrip("/")
CLIENT_ID = os.environ["CLIENT_ID"]
CLIENT_SECRET = os.environ["CLIENT_SECRET"]
BASE_URL = os.environ["BASE_URL"].rstrip("/")
CALLBACK = BASE_URL + "/callback"

# For one process. Put sessions where all of yours find them.
sessions = {}


class BrokerError(Exception):
    """What the broker refuses: its status, its answer, and how long to wait."""

    def __init__(self, status, problem, retry_after):
        super().__init__(problem.get("code") or problem.get("error"))
        self.status, self.problem, self.retry_after = status, problem, retry_after


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry tokens elsewhere."""

    def redirect_request(self, *args):
        return None


opener = urllib.request.build_opener(NoRedirect)


def ask(url, form=None, headers=None):
    data = urllib.parse.urlencode(form).encode() if form else None
    request = urllib.request.Request(url, data=data, headers=headers or {})
    try:
        with opener.open(request, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            try:
                problem = json.load(error)
            except ValueError:
                problem = {}
            raise BrokerError(error.code, problem, error.headers.get("Retry-After")) from None


def token_request(session, **form):
    basic = ":".join(urllib.parse.quote(part, safe="") for part in (CLIENT_ID, CLIENT_SECRET))
    authorization = "Basic " + base64.b64encode(basic.encode()).decode()
    tokens = ask(ISSUER + "/oauth/token", form, {"Authorization": authorization})
    session["access"] = tokens["access_token"]
    session["refresh"] = tokens.get("refresh_token", session.get("refresh"))
    session["ends_at"] = time.time() + tokens["expires_in"]


def access_token(session):
    if session["ends_at"] - time.time() < 60:
        token_request(session, grant_type="refresh_token", refresh_token=session["refresh"])
    return session["access"]


def provider_token(session, connection, min_ttl=300):
    """The provider's token, fresh, and how its API wants it."""
    url = f"{ISSUER}/v1/me/identities/{urllib.parse.quote(connection, safe='')}/token?min_ttl={min_ttl}"
    return ask(url, headers={"Authorization": "Bearer " + access_token(session)})


def call_provider(token, path):
    usage = token["usage"]
    headers = {"User-Agent": "Symbolon-Example", **usage["headers"]}
    url = usage["api_base"].rstrip("/") + path
    if usage["transport"] == "header":
        scheme = usage["scheme"]
        headers[usage["name"]] = f"{scheme} {token['access_token']}" if scheme else token["access_token"]
    else:
        url += "?" + urllib.parse.urlencode({**token["parameters"], usage["name"]: token["access_token"]})
    return ask(url, headers=headers)


class App(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        pages = {"/": self.home, "/login": self.login, "/callback": self.callback, "/repos": self.repos}
        page = pages.get(url.path)
        if page is None:
            return self.answer(404, "text/plain", "There is nothing here.")
        try:
            page(dict(urllib.parse.parse_qsl(url.query)))
        except BrokerError as error:
            self.refused(error)

    def home(self, _query):
        link = '<a href="/repos">Who am I at GitHub?</a>' if "access" in self.session() else '<a href="/login">Sign in</a>'
        self.answer(200, "text/html", f"<!doctype html><title>Example</title><p>{link}")

    def login(self, _query):
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        session_id = self.new_session({"verifier": verifier, "state": state})
        parameters = {
            "client_id": CLIENT_ID,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid profile offline_access idp:github",
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        self.redirect(ISSUER + "/authorize?" + urllib.parse.urlencode(parameters), session_id)

    def callback(self, query):
        attempt = self.session()
        state_fits = secrets.compare_digest(query.get("state", ""), attempt.get("state", "-"))
        # RFC 9207: the answer names who gives it.
        if not state_fits or query.get("iss") != ISSUER or "code" not in query:
            return self.answer(400, "text/plain", "That was no answer to us.")
        session = {}
        token_request(
            session,
            grant_type="authorization_code",
            code=query["code"],
            redirect_uri=CALLBACK,
            code_verifier=attempt["verifier"],
        )
        # A new session for the person who has signed in.
        self.redirect("/", self.new_session(session))

    def repos(self, _query):
        session = self.session()
        if "access" not in session:
            return self.redirect("/login")
        user = call_provider(provider_token(session, "github"), "/user")
        self.answer(200, "application/json", json.dumps(user))

    def refused(self, error):
        # The broker says where the person can put it right, and sends them back here.
        way_out = error.problem.get("link_url") or error.problem.get("reauthorize_url")
        if way_out:
            return self.redirect(way_out)
        if error.status == 401 or error.problem.get("error") == "invalid_grant":
            return self.redirect("/login")
        self.answer(503, "text/plain", "Try again in a moment.", error.retry_after)

    def session(self):
        cookie = http.cookies.SimpleCookie(self.headers.get("Cookie", ""))
        return sessions.get(cookie["sid"].value, {}) if "sid" in cookie else {}

    def new_session(self, values):
        cookie = http.cookies.SimpleCookie(self.headers.get("Cookie", ""))
        if "sid" in cookie:
            sessions.pop(cookie["sid"].value, None)
        session_id = secrets.token_urlsafe(32)
        sessions[session_id] = values
        return session_id

    def redirect(self, location, session_id=None):
        self.send_response(303)
        self.send_header("Location", location)
        if session_id:
            secure = "; Secure" if BASE_URL.startswith("https://") else ""
            self.send_header("Set-Cookie", f"sid={session_id}; HttpOnly; SameSite=Lax; Path=/{secure}")
        self.end_headers()

    def answer(self, status, content_type, text, retry_after=None):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type + "; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Addresses carry codes: nothing of them is logged."""


if __name__ == "__main__":
    port = urllib.parse.urlsplit(BASE_URL).port or 4000
    server = http.server.ThreadingHTTPServer(("localhost", port), App)
    print(f"listening at {BASE_URL}", flush=True)
    server.serve_forever()
