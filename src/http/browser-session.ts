import { createHmac } from 'node:crypto';
import connectPgSimple from 'connect-pg-simple';
import type { RequestHandler } from 'express';
import session, { type SessionData, type Store } from 'express-session';
import type pg from 'pg';
import { days } from '../kit/clock.ts';
import { hashOf } from '../kit/ids.ts';
import type { RowTags, TaggedTable } from '../kit/keys/row-tags.ts';
import { rewriteSession } from './browser-session-store.ts';
import { hostCookieName, hostCookieOptions } from './cookies.ts';

export interface BrowserSessionOptions {
  readonly pool: pg.Pool;
  readonly rowTags: RowTags;
  readonly keys: readonly Buffer[];
  readonly secure: boolean;
  /** The name of the cookie, without the prefix `__Host-` of https. */
  readonly name: string;
  /** Milliseconds from the last request until the browser drops the cookie; default 7 days. */
  readonly maxAge?: number;
}

/** Returns express-session over PostgreSQL, for the broker's pages. Ids are stored hashed: a dump allows no sign-in. */
export function browserSession(options: BrowserSessionOptions): RequestHandler {
  const { pool, rowTags, keys, secure, name, maxAge = days(7) } = options;
  return session({
    name: hostCookieName(name, secure),
    secret: keys.map((key) => createHmac('sha256', key).update(name).digest('base64url')),
    cookie: { ...hostCookieOptions(secure), maxAge },
    store: hashedIds({ pool, tags: rowTags, maxAge }),
    resave: false,
    saveUninitialized: false,
    rolling: false,
  });
}

/** The tag is kept inside `sess`, since the library reads no other column. The end of the row is left out. */
const taggedSessions = {
  name: 'browser_session',
  version: 1,
  key: ['sid'],
  columns: { sid: 'sid', sess: 'sess' },
} as const satisfies TaggedTable<string>;

declare module 'express-session' {
  interface SessionData {
    /** The session was read from the table, or is about to be written there. */
    stored: true;
  }
}

type TaggedSession = SessionData & { readonly rowTag?: string };

interface TableOptions {
  readonly pool: pg.Pool;
  readonly tags: RowTags;
  readonly maxAge: number;
}

function hashedIds({ pool, tags, maxAge }: TableOptions): Store {
  const PgStore = connectPgSimple(session);
  class HashedPgStore extends PgStore {
    override get(sid: string, done: (error: unknown, data?: SessionData | null) => void) {
      const hash = hashOf(sid);
      return super.get(hash, (error: unknown, stored?: TaggedSession | null) => {
        if (error || !stored) return done(error, stored);
        const { rowTag, ...sess } = stored;
        const tag = rowTag === undefined ? null : Buffer.from(rowTag, 'base64');
        return done(null, tags.believes(taggedSessions, { sid: hash, sess, tag }) ? sess : null);
      });
    }
    override set(sid: string, data: SessionData, done?: () => void) {
      const hash = hashOf(sid);
      // As the table will return it: the cookie writes itself as other fields than it has.
      const sess: SessionData = { ...JSON.parse(JSON.stringify(data)), stored: true };
      const rowTag = Buffer.from(tags.tag(taggedSessions, { sid: hash, sess })).toString('base64');
      const tagged: TaggedSession = { ...sess, rowTag };
      if (!data.stored) return super.set(hash, tagged, done);
      // A request that has read the session before it was ended must not bring it back.
      const seconds = (data.cookie.maxAge ?? maxAge) / 1000;
      const rewritten = rewriteSession(pool, { sidHash: hash, sess: tagged, seconds });
      rewritten.then(() => done?.(), done);
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
