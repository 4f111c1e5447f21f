import { expect } from 'vitest';
import { appBrowser, callback, post, type RelyingApp, throughPages } from './relying-app.ts';
import type { Room } from './room.ts';

export const offline = { scope: 'openid offline_access' };

/** The requests that tests of the token endpoint repeat. */
export function createTokenEndpoint(room: Room) {
  const url = `${room.issuer}/oauth/token`;
  return {
    url,
    send: (form: Record<string, string>, headers: Record<string, string> = {}, path = 'token') =>
      post(`${room.issuer}/oauth/${path}`, form, headers),
    async refuses(form: Record<string, string>, error = 'invalid_grant', status = 400): Promise<void> {
      expect(await post(url, form)).toMatchObject({ status, body: { error } });
    },
    /** Whether the broker's own API accepts it. */
    async isAlive(accessToken: unknown): Promise<boolean> {
      const verified = room.issuance.verifyAccessToken(String(accessToken), `${room.issuer}/v1`);
      return await verified.then(
        () => true,
        () => false,
      );
    },
    events: (type: string) => room.database.prisma.auditEvent.count({ where: { type } }),
  };
}

/** A code that the app received, in the form that redeems it. */
export async function arrivedCode(of: RelyingApp, change: (url: URL) => void = () => undefined) {
  const browser = appBrowser();
  const attempt = await of.begin(offline);
  change(attempt.url);
  const landed = await throughPages(browser, await browser.open(attempt.url));
  return {
    grant_type: 'authorization_code',
    client_id: of.id,
    client_secret: of.secret ?? '',
    redirect_uri: callback,
    code: landed.url.searchParams.get('code') ?? '',
    code_verifier: attempt.verifier,
  };
}

export function refreshForm(refreshToken: unknown, of: RelyingApp) {
  return {
    grant_type: 'refresh_token',
    client_id: of.id,
    client_secret: of.secret ?? '',
    refresh_token: String(refreshToken),
  };
}

export function without(form: Record<string, string>, name: string): Record<string, string> {
  const { [name]: _left, ...rest } = form;
  return rest;
}
