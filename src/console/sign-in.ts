import type { Request, Response } from 'express';
import { ownPath } from '../account/addresses.ts';
import type { AccountClient } from '../account/client.ts';
import { type PendingSignIn, saveSession } from '../account/session.ts';
import { hashOf } from '../kit/ids.ts';
import { localeOf } from '../kit/locale.ts';
import type { ConsoleDeps } from './ports.ts';
import { beginVisit, longestVisit } from './session.ts';
import { sendView } from './shell.ts';
import { refusedWayPage, signInPage } from './sign-in-pages.ts';

export const signInPath = '/console/sign-in';

/** Returns the address of the page that leads to the sign-in, and from there back to a page. */
export function signInAddress(to: string, { fresh = false } = {}): string {
  return `${signInPath}?${new URLSearchParams({ to, ...(fresh && { fresh: '1' }) })}`;
}

/** The number of pending sign-ins in one browser. A further one replaces the oldest. */
const mostPending = 5;

/** The handlers of signing in to the console, which is a client of the broker like the account page. */
export interface SignIn {
  show(request: Request, response: Response): Promise<void>;
  begin(request: Request, response: Response): Promise<void>;
  finish(request: Request, response: Response): Promise<void>;
}

export function createSignIn(deps: ConsoleDeps, client: AccountClient): SignIn {
  const { issuer, clock, log, connections, consoleConnections, identities, issuance } = deps;

  const wishOf = ({ query }: Request) => {
    const path = ownPath(query.to, issuer);
    return { to: path.startsWith('/console') ? path : '/console', fresh: query.fresh === '1' };
  };

  /** Returns the ways that count. Undefined: every way does. */
  async function ways() {
    if (!consoleConnections) return undefined;
    const all = await connections.all();
    return all.filter(({ alias, enabled }) => enabled && consoleConnections.includes(alias));
  }

  return {
    async show(request, response) {
      const view = { locale: localeOf(request), ...wishOf(request), ways: await ways() };
      sendView(response, signInPage(view), view.locale);
    },

    async begin(request, response) {
      const { to, fresh } = wishOf(request);
      const allowed = await ways();
      const wished = allowed?.find(({ alias }) => alias === request.query.connection) ?? allowed?.[0];
      const { state, url } = await client.authorizeUrl({
        fresh,
        locale: localeOf(request),
        connection: wished?.alias,
        maxAge: longestVisit / 1000,
      });
      const pending = { to, startedAt: clock.now().getTime(), fresh };
      const others = Object.entries(request.session.signIns ?? {}).slice(1 - mostPending);
      request.session.signIns = Object.fromEntries([...others, [hashOf(state), pending]]);
      await saveSession(request);
      response.redirect(303, url);
    },

    async finish(request, response) {
      const locale = localeOf(request);
      const state = typeof request.query.state === 'string' ? request.query.state : '';
      const pending = takePending(request, state);
      if (!pending || request.query.error !== undefined)
        return response.redirect(303, signInAddress(pending?.to ?? '/console'));
      const now = clock.now();
      const sinceStart = Math.ceil((now.getTime() - pending.startedAt) / 1000);
      const maxAge = pending.fresh ? sinceStart : longestVisit / 1000;
      const signedIn = await client
        .finish(new URL(request.originalUrl, issuer), { state, maxAge })
        .catch((error: unknown) => void log.warn({ err: error }, 'signing in to the console failed'));
      const user = signedIn && (await identities.findUser(signedIn.userId));
      if (!signedIn || !user || user.disabledAt)
        return response.redirect(303, signInAddress(pending.to, pending));
      const allowed = await ways();
      if (allowed && !allowed.some(({ alias }) => alias === signedIn.connection)) {
        const view = { locale, to: pending.to, fresh: true, ways: allowed };
        return sendView(response, refusedWayPage(view), locale);
      }
      const { authTime } = signedIn;
      // The clock of the process that signed the ID token may be ahead of this one's.
      const counted = pending.fresh || authTime > now ? now : authTime;
      const sessionUid = await issuance.sessions.ofRequest(request, response);
      await beginVisit(request, { userId: user.id, authTime: counted, sessionUid, now });
      response.redirect(303, request.session.keptForm ? '/console/kept' : pending.to);
    },
  };
}

function takePending(request: Request, state: string): PendingSignIn | undefined {
  const key = hashOf(state);
  const { [key]: pending, ...others } = request.session.signIns ?? {};
  if (pending) request.session.signIns = others;
  return pending;
}
