import { randomBytes } from 'node:crypto';
import { createClient, providerRequest, SymbolonError } from '@symbolon/client';
import { authenticationOf, requireToken } from '@symbolon/client/express';
import express from 'express';
import session from 'express-session';
import * as oidc from 'openid-client';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, BASE_URL, API } = process.env;
const callback = `${BASE_URL}/callback`;
const insecure =
  new URL(ISSUER).hostname === 'localhost' ? { execute: [oidc.allowInsecureRequests] } : undefined;
const config = await oidc.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, insecure);
// One for all people: each has a part of the cache by the access token.
const symbolon = createClient({ issuer: ISSUER });

const app = express();
app.use(
  session({
    secret: process.env.SESSION_SECRET ?? randomBytes(32).toString('hex'),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: BASE_URL.startsWith('https://') },
  }),
);

app.get('/', (request, response) => {
  const link = request.session.tokens
    ? '<a href="/repos">Who am I at GitHub?</a>'
    : '<a href="/login">Sign in</a>';
  response.send(`<!doctype html><title>Example</title><p>${link}`);
});

app.get('/login', async (request, response) => {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  request.session.attempt = { verifier, state };
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: 'openid profile offline_access idp:github',
    state,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  response.redirect(url.href);
});

app.get('/callback', async (request, response) => {
  const { attempt } = request.session;
  if (!attempt) return response.redirect('/login');
  const tokens = await oidc.authorizationCodeGrant(config, new URL(request.originalUrl, BASE_URL), {
    pkceCodeVerifier: attempt.verifier,
    expectedState: attempt.state,
  });
  // A new session for the person who has signed in.
  await new Promise((resolve, reject) =>
    request.session.regenerate((error) => (error ? reject(error) : resolve())),
  );
  keep(request.session, tokens);
  response.redirect('/');
});

// GitHub's API with GitHub's token, which the broker keeps fresh.
app.get('/repos', signedIn, async (request, response) => {
  const token = await symbolon.as(() => accessToken(request.session)).token('github', { minTtl: 300 });
  const answer = await fetch(
    providerRequest(token, '/user', { headers: { 'User-Agent': 'Symbolon-Example' } }),
  );
  response.status(answer.status).json(await answer.json());
});

if (API) {
  // An API of our own, which takes the broker's tokens …
  app.get('/api/whoami', requireToken({ issuer: ISSUER, audience: API }), (request, response) => {
    response.json({ user: authenticationOf(request).subject });
  });
  // … and a call of it: a token for it comes by the refresh token.
  app.get('/whoami', signedIn, async (request, response) => {
    const tokens = await oidc.refreshTokenGrant(config, request.session.tokens.refresh, { resource: API });
    request.session.tokens.refresh = tokens.refresh_token ?? request.session.tokens.refresh;
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const answer = await fetch(`${BASE_URL}/api/whoami`, { headers });
    response.status(answer.status).json(await answer.json());
  });
}

app.use((error, _request, response, next) => {
  if (!(error instanceof SymbolonError)) return next(error);
  const { problem } = error;
  switch (problem.code) {
    case 'invalid_token':
      return response.redirect('/login');
    // The broker says where the person can put it right, and sends them back here.
    case 'identity_not_found':
      return response.redirect(problem.linkUrl);
    case 'reauthorization_required':
    case 'insufficient_upstream_scope':
      return response.redirect(problem.reauthorizeUrl);
    case 'too_many_requests':
    case 'provider_unavailable':
    case 'unavailable':
      return response
        .set('Retry-After', String(problem.retryAfter))
        .status(503)
        .send('Try again in a moment.');
    default:
      return next(error);
  }
});

function signedIn(request, response, next) {
  if (request.session.tokens) return next();
  response.redirect('/login');
}

function keep(kept, tokens) {
  kept.tokens = {
    access: tokens.access_token,
    refresh: tokens.refresh_token ?? kept.tokens?.refresh,
    endsAt: Date.now() + (tokens.expires_in ?? 0) * 1000,
  };
}

async function accessToken(kept) {
  if (kept.tokens.endsAt - Date.now() < 60_000)
    keep(kept, await oidc.refreshTokenGrant(config, kept.tokens.refresh));
  return kept.tokens.access;
}

app.listen(Number(new URL(BASE_URL).port || 4000), () => console.log(`listening at ${BASE_URL}`));
