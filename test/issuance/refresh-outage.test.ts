import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seconds } from '../../src/kit/clock.ts';
import { type RelyingApp, registerApp } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';
import { createTokenEndpoint, offline, refreshForm } from './support/token-endpoint.ts';

let room: Room;
let app: RelyingApp;
let endpoint: ReturnType<typeof createTokenEndpoint>;

beforeAll(async () => {
  room = await openRoom();
  app = await registerApp(room);
  endpoint = createTokenEndpoint(room);
});

beforeEach(async () => {
  await room.database.pool.query('DROP TRIGGER IF EXISTS outage ON artifact');
});

/** The database goes away before it has processed the statement: PostgreSQL reports `crash_shutdown`. */
async function fails(when: string, code = '57P02'): Promise<void> {
  await room.database.pool.query(`
    CREATE OR REPLACE FUNCTION outage() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'outage' USING ERRCODE = '${code}'; END $$;
    CREATE TRIGGER outage BEFORE ${when} FOR EACH ROW EXECUTE FUNCTION outage();`);
}

async function recovers(): Promise<void> {
  await room.database.pool.query('DROP TRIGGER outage ON artifact');
}

async function liveRefreshTokens(): Promise<number> {
  return await room.database.prisma.artifact.count({ where: { kind: 'RefreshToken', consumedAt: null } });
}

describe('the database becomes unreachable while a refresh token is rotated', () => {
  const places = [
    ['as the old one is taken', `UPDATE ON artifact`],
    ['as the new one is written', `INSERT ON artifact`],
  ] as const;

  it.each(places)('%s: nothing has happened, however late the app retries', async (_name, when) => {
    const { tokens } = await app.signIn(offline);
    const before = await liveRefreshTokens();
    await fails(when);
    const cut = await endpoint.send(refreshForm(tokens.refresh_token, app));
    expect(cut.status).toBe(503);
    expect(cut.body).toMatchObject({ error: 'temporarily_unavailable' });
    expect(cut.headers.get('retry-after')).toBe('2');
    await recovers();
    room.clock.advance(seconds(120));
    const alarms = await endpoint.events('refresh_token.reused');
    const again = await endpoint.send(refreshForm(tokens.refresh_token, app));
    expect(again.status).toBe(200);
    expect(await endpoint.events('refresh_token.reused')).toBe(alarms);
    expect(await liveRefreshTokens()).toBe(before);
    expect((await endpoint.send(refreshForm(again.body.refresh_token, app))).status).toBe(200);
  });

  it('during every other request: 503 with Retry-After, never 500', async () => {
    const { tokens } = await app.signIn(offline);
    await room.database.pool.query('ALTER TABLE artifact RENAME TO artifact_elsewhere');
    await room.database.pool.query(`
      CREATE FUNCTION gone() RETURNS TABLE (kind text) LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'outage' USING ERRCODE = '57P01'; END $$;
      CREATE VIEW artifact AS SELECT e.* FROM artifact_elsewhere e, gone()`);
    try {
      for (const path of ['token', 'revoke', 'introspect']) {
        const form = { ...refreshForm(tokens.refresh_token, app), token: String(tokens.refresh_token) };
        const answer = await endpoint.send(form, {}, path);
        expect([path, answer.status, answer.body.error]).toEqual([path, 503, 'temporarily_unavailable']);
        expect(answer.headers.get('retry-after')).toBe('2');
      }
    } finally {
      await room.database.pool.query('DROP VIEW artifact; DROP FUNCTION gone()');
      await room.database.pool.query('ALTER TABLE artifact_elsewhere RENAME TO artifact');
    }
    expect((await endpoint.send(refreshForm(tokens.refresh_token, app))).status).toBe(200);
  });
});

describe('a serialization conflict in the database', () => {
  it.each(['40001', '40P01'])('%s is retried, and the app does not notice', async (code) => {
    const { tokens } = await app.signIn(offline);
    await room.database.pool.query(`
      CREATE SEQUENCE IF NOT EXISTS conflicts;
      SELECT setval('conflicts', 1, false);
      CREATE OR REPLACE FUNCTION outage() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF nextval('conflicts') <= 2 THEN RAISE EXCEPTION 'conflict' USING ERRCODE = '${code}'; END IF;
          RETURN NEW;
        END $$;
      CREATE TRIGGER outage BEFORE UPDATE ON artifact FOR EACH ROW EXECUTE FUNCTION outage();`);
    expect((await endpoint.send(refreshForm(tokens.refresh_token, app))).status).toBe(200);
  });

  it('is answered with 503 if it does not end', async () => {
    const { tokens } = await app.signIn(offline);
    await fails('UPDATE ON artifact', '40001');
    const answer = await endpoint.send(refreshForm(tokens.refresh_token, app));
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ error: 'temporarily_unavailable' });
    await recovers();
    expect((await endpoint.send(refreshForm(tokens.refresh_token, app))).status).toBe(200);
  });
});
