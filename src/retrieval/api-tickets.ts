import { createHmac } from 'node:crypto';
import { after, type Clock, minutes } from '../kit/clock.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import { Secret } from '../kit/secret.ts';
import type { ApiLink } from './links.ts';

/**
 * Tickets of the links that an API gets when a person's consent or account is missing. A ticket is a code over the person,
 * the app, the API and the connection. It contains none of them, and opens the page for that person alone.
 */
export interface ApiTickets {
  make(link: ApiLink): string;
  /** Returns whether the ticket is for this link, whose person is the visitor, and has not expired. */
  fits(ticket: string, link: ApiLink): boolean;
}

const lifetime = minutes(10);

export function createApiTickets(keyring: Pick<Keyring, 'derive'>, clock: Clock): ApiTickets {
  const keys = () => keyring.derive('api-use-ticket');
  const codeOf = (key: Buffer, { userId, app, api, alias }: ApiLink, until: number) =>
    createHmac('sha256', key)
      .update(JSON.stringify([userId, app, api, alias, until]))
      .digest('base64url');
  return {
    make(link) {
      const [current] = keys();
      if (!current) throw new Error('tickets need a key');
      const until = Math.floor(after(clock.now(), lifetime).getTime() / 1000);
      return `${until}.${codeOf(current, link, until)}`;
    },
    fits(ticket, link) {
      const [, time, code] = /^(\d{1,12})\.([\w-]{43})$/.exec(ticket) ?? [];
      if (time === undefined || code === undefined) return false;
      const until = Number(time);
      if (until * 1000 <= clock.now().getTime()) return false;
      return keys().some((key) => new Secret(codeOf(key, link, until)).equals(code));
    },
  };
}
