import { createHmac } from 'node:crypto';
import connectPgSimple from 'connect-pg-simple';
import type { RequestHandler } from 'express';
import session, { type SessionData, type Store } from 'express-session';
import type pg from 'pg';
import { days } from '../kit/clock.ts';
import { hashOf } from '../kit/ids.ts';
import { hostCookieName, hostCookieOptions } from './cookies.ts';

export interface BrowserSessionOptions {
  readonly pool: pg.Pool;
  readonly keys: readonly Buffer[];
  readonly secure: boolean;
  /** The name of the cookie, without the prefix `__Host-` of https. */
  readonly name: string;
}

/** Returns express-session over PostgreSQL, for the broker's pages. Ids are stored hashed: a dump allows no sign-in. */
export function browserSession({ pool, keys, secure, name }: BrowserSessionOptions): RequestHandler {
  return session({
    name: hostCookieName(name, secure),
    secret: keys.map((key) => createHmac('sha256', key).update(name).digest('base64url')),
    cookie: { ...hostCookieOptions(secure), maxAge: days(7) },
    store: hashedIds(pool),
    resave: false,
    saveUninitialized: false,
    rolling: false,
  });
}

function hashedIds(pool: pg.Pool): Store {
  const PgStore = connectPgSimple(session);
  class HashedPgStore extends PgStore {
    override get(sid: string, done: (error: unknown, data?: SessionData | null) => void) {
      return super.get(hashOf(sid), done);
    }
    override set(sid: string, data: SessionData, done?: () => void) {
      return super.set(hashOf(sid), data, done);
    }
    override destroy(sid: string, done?: () => void) {
      return super.destroy(hashOf(sid), done);
    }
    override touch(sid: string, data: SessionData, done?: () => void) {
      return super.touch(hashOf(sid), data, done);
    }
  }
  // A background job deletes expired sessions. The library's own timer would run on after the pool has ended.
  return new HashedPgStore({ pool, tableName: 'browser_session', pruneSessionInterval: false });
}
