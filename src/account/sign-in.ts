import type { Request, Response } from 'express';
import { databaseRetryAfter } from '../kit/database/database-errors.ts';
import { hashOf } from '../kit/ids.ts';
import { localeOf } from '../kit/locale.ts';
import { Problem, retryAfter } from '../kit/problem.ts';
import { ownPath } from './addresses.ts';
import type { AccountClient } from './client.ts';
import type { AccountDeps } from './ports.ts';
import { longestSession, type PendingSignIn, saveSession, startSession } from './session.ts';

/** The number of pending sign-ins in one browser. A further one replaces the oldest. */
const mostPending = 5;

/** Starts a sign-in at the broker. Returns the address to redirect to. */
export async function beginSignIn(
  { issuer, clock }: AccountDeps,
  client: AccountClient,
  request: Request,
): Promise<string> {
  const fresh = request.query.fresh === '1';
  const { connection: wished } = request.query;
  const connection = typeof wished === 'string' && wished !== '' ? wished : undefined;
  const { state, url } = await client.authorizeUrl({ fresh, locale: localeOf(request), connection });
  const pending = { to: ownPath(request.query.to, issuer), startedAt: clock.now().getTime(), fresh };
  const others = Object.entries(request.session.signIns ?? {}).slice(1 - mostPending);
  request.session.signIns = Object.fromEntries([...others, [hashOf(state), pending]]);
  await saveSession(request);
  return url;
}

/** Finishes the sign-in. Returns the path to redirect to. @throws Problem invalid_request, forbidden, unavailable */
export async function finishSignIn(
  deps: AccountDeps,
  client: AccountClient,
  { request, response }: { readonly request: Request; readonly response: Response },
): Promise<string> {
  const state = typeof request.query.state === 'string' ? request.query.state : '';
  const pending = takePending(request, state);
  if (!pending) {
    const detail = {
      en: 'This sign-in has expired or belongs to another browser. Sign in again.',
      zh: '此次登录已过期，或是在另一个浏览器中开始的。请重新登录。',
    };
    throw new Problem('invalid_request', { detail });
  }
  if (request.query.error === 'access_denied') return '/account?notice=cancelled';
  const now = deps.clock.now();
  const secondsSinceStart = Math.ceil((now.getTime() - pending.startedAt) / 1000);
  const { userId, authTime } = await exchange(deps, client, {
    request,
    state,
    // A fresh sign-in is one that happened after this attempt started.
    maxAge: pending.fresh ? secondsSinceStart : longestSession / 1000,
  });
  const user = await deps.identities.findUser(userId);
  if (!user || user.disabledAt)
    throw new Problem('forbidden', {
      detail: { en: 'This account is disabled.', zh: '您的用户账号已被停用，请联系管理员。' },
    });
  // The clock of the process that signed the ID token may be ahead of this one's. A fresh sign-in counts from now.
  const signedInAt = pending.fresh || authTime > now ? now : authTime;
  const sessionUid = await deps.issuance.sessions.ofRequest(request, response);
  await startSession(request, { userId, authTime: signedInAt, sessionUid });
  return pending.to;
}

async function exchange(
  { issuer, log }: AccountDeps,
  client: AccountClient,
  { request, ...sent }: { request: Request; state: string; maxAge: number },
) {
  try {
    return await client.finish(new URL(request.originalUrl, issuer), sent);
  } catch (error) {
    log.warn({ err: error }, 'signing in to the account page failed');
    // The token endpoint of the broker answered 503.
    const { status } = error as { status?: unknown };
    if (status === 503)
      throw new Problem('unavailable', { cause: error, headers: retryAfter(databaseRetryAfter) });
    const detail = { en: 'Signing in did not work. Try again.', zh: '登录失败，请重试。' };
    throw new Problem('invalid_request', { detail, cause: error });
  }
}

function takePending(request: Request, state: string): PendingSignIn | undefined {
  const key = hashOf(state);
  const { [key]: pending, ...others } = request.session.signIns ?? {};
  if (pending) request.session.signIns = others;
  return pending;
}
