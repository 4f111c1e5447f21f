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
  /** The claims of the userinfo endpoint. */
  readonly claims: Answer['body'];
}

export interface SignInAsk extends Ask {
  readonly carrying?: Carrying;
  readonly verifier?: string;
}

/** A complete sign-in, with every check that OpenID's suite makes of each sign-in in any module. */
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

/** Signs the same person in again in the same browser. */
export async function again(
  suite: Suite,
  first: SignedIn,
  request: NonNullable<Ask['request']>,
): Promise<SignedIn> {
  return await signIn(suite, { client: first.client, browser: first.browser, request });
}

/** Core 3.1.2.1: the provider shows no page, and an existing session suffices. */
export async function silently(suite: Suite, before: { browser: Authorization['browser']; client: Client }) {
  const { browser, client } = before;
  return await authorize(suite, { browser, client, request: { prompt: 'none' } });
}
