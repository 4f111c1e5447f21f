import { type Ask, type Authorization, authorize } from './authorize.ts';
import {
  checkCallback,
  checkIdToken,
  checkTokens,
  checkUserinfo,
  type IdToken,
  type TokenAnswer,
} from './checks.ts';
import { type Answer, type Carrying, redeem, userinfo } from './endpoints.ts';
import type { Client, Suite } from './suite.ts';

export interface SignedIn extends Authorization {
  readonly code: string;
  readonly tokens: TokenAnswer;
  readonly idToken: IdToken;
  /** Claims of the userinfo endpoint. */
  readonly claims: Answer['body'];
}

export interface SignInAsk extends Ask {
  readonly carrying?: Carrying;
  readonly verifier?: string;
}

/** The whole way, with every check that OpenID's suite makes of each sign-in whatever the module is about. */
export async function signIn(suite: Suite, ask: SignInAsk = {}): Promise<SignedIn> {
  const authorization = await authorize(suite, ask);
  const { client, request } = authorization;
  const code = checkCallback(suite, authorization);
  const tokens = checkTokens(await redeem(suite, client, code, ask.verifier));
  const { accessToken, refreshToken, idToken: jwt } = tokens;
  suite.world.remember(code, accessToken, refreshToken, jwt);
  const idToken = await checkIdToken(suite, { client, tokens, nonce: request.nonce });
  const claims = checkUserinfo(await userinfo(suite, accessToken, ask.carrying), idToken);
  return { ...authorization, code, tokens, idToken, claims };
}

/** The same person at the same browser, a second time: as if it had gone on. */
export async function again(
  suite: Suite,
  first: SignedIn,
  request: NonNullable<Ask['request']>,
): Promise<SignedIn> {
  return await signIn(suite, { client: first.client, browser: first.browser, request });
}

/** Core 3.1.2.1: nobody is asked anything, and a session that is there says so. */
export async function silently(suite: Suite, before: { browser: Authorization['browser']; client: Client }) {
  const { browser, client } = before;
  return await authorize(suite, { browser, client, request: { prompt: 'none' } });
}
