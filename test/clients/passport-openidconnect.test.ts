import express from 'express';
import session from 'express-session';
import passport from 'passport';
import { Strategy, type VerifyCallback } from 'passport-openidconnect';
import { expect, it } from 'vitest';
import { futureUrl, openStage, personsBrowser, serve } from './stage.ts';

interface Seen {
  readonly idToken: string;
  readonly accessToken: string;
  readonly name: string;
}

it('passport-openidconnect: sign-in without PKCE, userinfo, provider token', async () => {
  const stage = await openStage();
  const url = await futureUrl();
  // The package has no PKCE: such an app needs an exemption by an admin.
  const { clientId, clientSecret } = await stage.register({ url, pkceRequired: false });
  const seen: Seen[] = [];
  const strategy = new Strategy(
    {
      issuer: stage.issuer,
      authorizationURL: `${stage.issuer}/authorize`,
      tokenURL: `${stage.issuer}/oauth/token`,
      userInfoURL: `${stage.issuer}/userinfo`,
      clientID: clientId,
      clientSecret,
      callbackURL: `${url}/callback`,
      scope: ['profile', 'email', 'idp:github'],
      nonce: 'yes',
      skipUserProfile: false,
    },
    // The package counts the parameters of this callback to choose its arguments.
    (
      _issuer: string,
      profile: passport.Profile,
      _context: object,
      idToken: string | object,
      accessToken: string | object,
      _refreshToken: string,
      done: VerifyCallback,
    ) => {
      seen.push({ idToken: String(idToken), accessToken: String(accessToken), name: profile.displayName });
      done(null, { id: profile.id });
    },
  );
  const authenticator = new passport.Passport();
  authenticator.use('broker', strategy);
  const app = express();
  app.use(session({ secret: 'x', resave: false, saveUninitialized: false }));
  app.get('/login', authenticator.authenticate('broker', { session: false }));
  app.get('/callback', authenticator.authenticate('broker', { session: false }), (request, response) => {
    response.json({ user: request.user });
  });
  await serve(url, app);

  const browser = personsBrowser();
  const home = await stage.visit(browser, `${url}/login`);
  const [{ idToken, accessToken, name } = { idToken: '', accessToken: '', name: '' }] = seen;
  // The package relies on TLS instead of the signature, so the test checks the signature.
  const { sub, nonce } = await stage.verify(idToken, clientId);
  expect(JSON.parse(home.html)).toEqual({ user: { id: sub } });
  expect(nonce).toMatch(/^.{20}$/);
  expect(name).not.toBe('');
  await stage.useProviderToken(accessToken);
});
