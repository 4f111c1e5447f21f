import * as oidc from 'openid-client';
import { redirectWith } from '../../lib/session.js';
import { callback, configuration } from '../../lib/symbolon.js';

export const dynamic = 'force-dynamic';

export async function GET() {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const url = oidc.buildAuthorizationUrl(await configuration(), {
    redirect_uri: callback,
    scope: 'openid profile idp:github',
    state,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  return await redirectWith({ verifier, state }, url.href);
}
