import { expect } from 'vitest';
import { createApp, type TestApp } from '../support/app.ts';
import { type Browser, createBrowser, type Page } from '../support/browser.ts';
import { createWorld, type World, type WorldOptions } from '../support/world.ts';

/** A sign-in that the person has approved at the provider, with the URL that leads back to the broker. */
export interface AtTheDoor {
  readonly browser: Browser;
  readonly callback: URL;
  readonly state: string;
  readonly code: string;
  /** The cookie that binds the attempt to the browser. */
  readonly cookie: { readonly name: string; readonly value: string };
}

/** The state that an attack must not change. */
export interface Tally {
  readonly users: number;
  readonly identities: number;
  readonly entries: number;
  /** The counts of codes, tokens and grants that the broker has issued. */
  readonly issued: number;
  readonly tokenRequests: number;
}

export interface AuditRow {
  readonly type: string;
  readonly connection: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Counts rows as they are written: expired ones are deleted once a minute, in the middle of a test. */
const countIssued = `
  CREATE SEQUENCE issued_ever START 1;
  SELECT nextval('issued_ever');
  CREATE FUNCTION count_issued() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM nextval('issued_ever'); RETURN NULL; END $$;
  CREATE TRIGGER count_issued AFTER INSERT ON artifact
    FOR EACH ROW WHEN (NEW.account_id IS NOT NULL) EXECUTE FUNCTION count_issued();
  CREATE TRIGGER count_renamed AFTER UPDATE OF account_id ON artifact
    FOR EACH ROW WHEN (NEW.account_id IS NOT NULL AND OLD.account_id IS DISTINCT FROM NEW.account_id)
    EXECUTE FUNCTION count_issued()`;

export const aliases = ['wechat', 'facebook', 'google', 'github'];
const appCallback = 'https://app.example/';

/** A world in which a test can stop a sign-in before the callback and continue with another request. */
export async function createStage(options: WorldOptions = {}) {
  const world: World = await createWorld(options);
  const app: TestApp = await createApp(world);
  const { prisma, pool } = world.database;
  await pool.query(countIssued);
  let visitors = 0;

  function someone(): string {
    visitors += 1;
    return `visitor-${visitors}`;
  }

  async function tally(): Promise<Tally> {
    const labs = await Promise.all(aliases.map((alias) => world.control('GET', alias)));
    const tokens = labs.map((lab) => (lab as { counters: { token: number } }).counters.token);
    const { rows } = await pool.query<{ count: string }>('SELECT last_value - 1 AS count FROM issued_ever');
    return {
      users: await prisma.user.count(),
      identities: await prisma.identity.count(),
      entries: await prisma.vaultEntry.count(),
      issued: Number(rows[0]?.count),
      tokenRequests: tokens.reduce((sum, count) => sum + count, 0),
    };
  }

  /**
   * Goes to the provider and approves there. Stops where the provider redirects the browser to the broker.
   */
  async function atTheDoor(
    connection: string,
    { user = someone(), browser = newBrowser() } = {},
  ): Promise<AtTheDoor> {
    const { url } = await app.start({ connection });
    const page = await browser.open(url);
    const back = await browser.submit(page, { fields: { user } });
    const callback = back.url;
    const setCookie = page.hops
      .filter(({ from }) => from.startsWith(world.issuer))
      .flatMap(({ headers }) => headers.getSetCookie())
      .find((line) => line.includes('attempt-'));
    const [name = '', value = ''] = setCookie?.split(';')[0]?.split('=') ?? [];
    const { searchParams } = callback;
    const [state, code] = [searchParams.get('state') ?? '', searchParams.get('code') ?? ''];
    if (!back.stopped || !state || !code || !value) throw new Error(`not at the door: ${callback}`);
    return { browser, callback, state, code, cookie: { name, value } };
  }

  function newBrowser(): Browser {
    return createBrowser({ stopAt: [appCallback, `${world.issuer}/connections/`] });
  }

  const changed = (url: URL, change: Readonly<Record<string, string | undefined>>): URL => {
    const next = new URL(url);
    for (const [name, value] of Object.entries(change)) {
      if (value === undefined) next.searchParams.delete(name);
      else next.searchParams.set(name, value);
    }
    return next;
  };

  async function eventsSince(at: number): Promise<readonly AuditRow[]> {
    const rows = await prisma.auditEvent.findMany({ orderBy: [{ at: 'asc' }, { id: 'asc' }] });
    return rows.slice(at).map(({ type, connection, detail }) => ({
      type,
      connection,
      detail: detail as AuditRow['detail'],
    }));
  }

  const stage = {
    world,
    app,
    someone,
    newBrowser,
    atTheDoor,
    tally,
    changed,
    countEvents: () => prisma.auditEvent.count(),
    eventsSince,

    /** Returns whether this browser would be signed in without interaction; it has no other session. */
    async isSignedIn(browser: Browser): Promise<boolean> {
      const { url } = await app.start({ prompt: 'none' });
      const { searchParams } = (await browser.open(url)).url;
      return searchParams.get('error') !== 'login_required';
    },

    /** Continues to the app's callback, and consents on the way. */
    async comeBack(browser: Browser, url: URL): Promise<Page> {
      let page = await browser.open(url);
      for (let steps = 0; steps < 3 && !page.stopped && page.forms.length > 0; steps += 1)
        page = await browser.submit(page);
      return page;
    },

    /** Checks that `attack` changes nothing but at most one audit event, which has none of `secrets`. */
    async inVain<T>(
      attack: () => Promise<T>,
      { audited, secrets = [] }: { audited: string | undefined; secrets?: readonly string[] },
    ): Promise<T> {
      const before = await tally();
      const events = await prisma.auditEvent.count();
      const answer = await attack();
      expect(await tally()).toEqual(before);
      const heard = await eventsSince(events);
      expect(heard.map(({ detail }) => detail.code)).toEqual(audited === undefined ? [] : [audited]);
      const known = [...world.minted(), ...secrets];
      expect(known.filter((secret) => JSON.stringify(heard).includes(secret))).toEqual([]);
      return answer;
    },
  };
  return stage;
}

export type Stage = Awaited<ReturnType<typeof createStage>>;

/** Returns the status of the answer and its redirect, without following it. */
export async function knock(
  url: URL | string,
  init: RequestInit = {},
): Promise<{ status: number; location: string | null; text: string; headers: Headers }> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const { status, headers } = response;
  return { status, location: headers.get('location'), text: await response.text(), headers };
}
