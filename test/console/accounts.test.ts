import { beforeAll, describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { walk } from '../account/visitor.ts';
import { adminClient, itemsOf } from '../admin/client.ts';
import { createBrowser } from '../support/browser.ts';
import { expectNoSecrets } from '../support/leaks.ts';
import { rolledUp } from '../support/rolled-up.ts';
import { type ConsoleVisitor, follow, signIn, visitConsole } from './console-visitor.ts';
import { createStage, type Stage } from './stage.ts';

let stage: Stage;
let owner: ConsoleVisitor;

beforeAll(async () => {
  stage = await createStage();
  await rolledUp(stage.world.broker.reporting, stage.world.database.pool);
  owner = await visitConsole(stage.world, { role: 'owner', user: 'ada' });
});

const accountPath = () => `/console/people/${stage.people.lin}/identities/${stage.ended}`;
const ada = { connection: 'google', user: 'ada' };

describe('the linked accounts', () => {
  it('that need their person are found by state and connection, and their story is told', async () => {
    const all = await owner.open('/console/identities');
    expect(all.text).toContain('Works');
    const dead = await owner.open('/console/identities?connection=google&state=reauthorization_required');
    expect(dead.text).toContain('refused without a reason');
    expect(dead.text).not.toContain('GitHub · sam');
    const link = dead.links.find(({ href }) => href.includes(stage.ended))?.href ?? '';
    const page = await owner.open(link);
    expect(page.text).toContain('Needs the person');
    expect(page.text).toContain(`${stage.world.issuer}/account/identities/${stage.ended}/reauthorize`);
    expect(page.text).toContain('An app was refused the token of an account');
    expect(page.text).toContain('Test app');
    // The provider's nature: what its connector declares, and its page in the docs, which an image does not have.
    expect(page.text).toContain('An access token lasts 60 minutes');
    expect(page.text).toContain('it was not used for six months');
  });

  it('are the same rows in another browser with the same address', async () => {
    const address =
      '/console/identities?state=active&connection=google&connection=github&sort=linked&limit=1';
    const mine = await owner.open(address);
    const next = mine.links.find(({ href }) => href.includes('cursor='))?.href ?? '';
    const second = await owner.open(next);
    const other = await signIn(stage.world, createBrowser(), ada, next);
    const rows = (html: string) => /<tbody>(.*?)<\/tbody>/s.exec(html)?.[1];
    expect(rows(second.html)).toContain('idn_');
    expect(rows(other.html)).toBe(rows(second.html));
    expect(rows(mine.html)).not.toBe(rows(second.html));
  });

  it('have an address without empty fields, and with the offset of each time', async () => {
    const browser = createBrowser();
    await signIn(stage.world, browser, ada);
    const page = await browser.open(
      `${stage.world.issuer}/console/events?type=&q=&since=2026-11-30T00%3A00&zone=Asia%2FShanghai`,
    );
    expect(page.url.searchParams.get('since')).toBe('2026-11-30T00:00:00+08:00');
    expect([...page.url.searchParams.keys()]).toEqual(['since', 'zone']);
    expect(page.text).toContain('+08:00');
  });

  it('are refreshed at once, and the provider’s refusal is a page with its reference', async () => {
    const page = await owner.open(accountPath());
    const form = page.forms.findIndex(({ action }) => action === accountPath());
    const refused = await owner.browser.submit(page, { form });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('reauthorization_required');
    expect(refused.text).toContain(refused.headers.get('x-request-id') ?? 'none');
  });
});

describe('a step', () => {
  it('asks why, and the event has the reason and the person in the console', async () => {
    const page = await owner.open(`/console/people/${stage.people.sam}/disable`);
    expect(page.text).toContain('signed out everywhere');
    const form = page.forms.findIndex(({ action }) => action.endsWith('/disable'));
    const done = await owner.browser.submit(page, { form, fields: { reason: 'lost phone' } });
    expect(done.url.pathname).toBe(`/console/people/${stage.people.sam}`);
    expect(done.text).toContain('disabled');
    const events = await adminClient(stage.world)('GET', '/events?type=user.disabled');
    expect(itemsOf(events)).toMatchObject([
      { actor: { kind: 'person', id: owner.userId }, detail: { reason: 'lost phone' } },
    ]);
    const back = await owner.open(`/console/people/${stage.people.sam}/enable`);
    const again = back.forms.findIndex(({ action }) => action.endsWith('/enable'));
    const enabled = await owner.browser.submit(back, { form: again, fields: { reason: 'found' } });
    expect(enabled.text).not.toContain('disabled');
  });

  it('has a person asked again, and shows the link for the person', async () => {
    const [account] = itemsOf(await adminClient(stage.world)('GET', `/users/${stage.people.sam}/identities`));
    const path = `/console/people/${stage.people.sam}/identities/${account?.id}`;
    expect((await owner.open(path)).links.some(({ href }) => href === `${path}/ask`)).toBe(true);
    const page = await owner.open(`${path}/ask`);
    const form = page.forms.findIndex(({ action }) => action === `${path}/ask`);
    const done = await owner.browser.submit(page, { form, fields: { reason: 'lost phone' } });
    expect(done.text).toContain('An operator asked for a new sign-in');
    expect(done.text).toContain(`/account/identities/${account?.id}/reauthorize`);
    expect(done.links.some(({ href }) => href === `${path}/ask`)).toBe(false);
  });

  it('that was posted after the session ended is kept, and shown again after the sign-in', async () => {
    const browser = createBrowser();
    const path = `${accountPath()}/end`;
    const page = await signIn(stage.world, browser, ada, path);
    stage.world.clock.advance(minutes(31));
    const form = page.forms.findIndex(({ action }) => action === path);
    const asked = await browser.submit(page, {
      form,
      fields: { reason: 'a long story', client_secret: 'x' },
    });
    expect(asked.url.pathname).toBe('/console/sign-in');
    const kept = await follow(stage.world, browser, asked, ada);
    stage.world.clock.advance(-minutes(31));
    expect(kept.url.pathname).toBe('/console/kept');
    expect(kept.text).toContain('a long story');
    expect(kept.html).toContain('name="client_secret" type="password"');
    const index = kept.forms.findIndex(({ action }) => action === path);
    const done = await browser.submit(kept, { form: index });
    expect(done.url.pathname).toBe(accountPath());
    expect(done.text).toContain('Revoked');
    expect((await browser.open(`${stage.world.issuer}/console/kept`)).status).toBe(404);
  });

  it('of one person is not shown to the next in the same browser', async () => {
    const browser = createBrowser();
    const path = `/console/people/${stage.people.sam}/disable`;
    const page = await signIn(stage.world, browser, ada, path);
    stage.world.clock.advance(minutes(31));
    const form = page.forms.findIndex(({ action }) => action === path);
    const asked = await browser.submit(page, { form, fields: { reason: 'for my eyes' } });
    stage.world.clock.advance(-minutes(31));
    expect(asked.url.pathname).toBe('/console/sign-in');
    await stage.world.broker.identities.setRoles(stage.people.lin, ['owner']);
    const again = await browser.open(`${stage.world.issuer}/console/sign-in/go?fresh=1`);
    const theirs = await walk(browser, again, { connection: 'wechat', user: 'lin' });
    expect(theirs.url.pathname).toBe('/console');
    const kept = await browser.open(`${stage.world.issuer}/console/kept`);
    expect(kept.status).toBe(404);
    expect(kept.text).not.toContain('for my eyes');
    await stage.world.broker.identities.setRoles(stage.people.lin, []);
  });
});

describe('roles', () => {
  it('see no button that they may not press, and the POST is 403', async () => {
    const auditor = await visitConsole(stage.world, { role: 'auditor', user: 'sam', connection: 'github' });
    const page = await auditor.open(accountPath());
    expect(page.status).toBe(200);
    expect(page.text).toContain('•••');
    expect(page.text).not.toContain('lin@example.com');
    expect(page.links.filter(({ href }) => /\/(end|unlink|disable)$/.test(href))).toEqual([]);
    expect(page.forms.filter(({ action }) => action === accountPath())).toEqual([]);
    const [own] = page.forms.filter(({ action }) => action === '/console/sign-out');
    const token = own?.entries.find(([name]) => name === 'csrf_token')?.[1] ?? '';
    for (const path of [
      accountPath(),
      `${accountPath()}/unlink`,
      `/console/people/${stage.people.ada}/disable`,
    ]) {
      const answer = await fetch(stage.world.issuer + path, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: auditor.browser.cookies.header(new URL(stage.world.issuer)) ?? '' },
        body: new URLSearchParams({ csrf_token: token, reason: 'x' }),
      });
      expect(answer.status, path).toBe(403);
    }
  });

  it('of support see names of the configuration, the events of a person, and act on people without a role', async () => {
    const support = await visitConsole(stage.world, { role: 'support', user: 'sam', connection: 'github' });
    expect((await support.open('/console/events')).text).toContain('Support reads the events of one person');
    const events = await support.open(`/console/people/${stage.people.lin}?tab=events`);
    expect(events.text).toContain('A person signed in');
    const lin = await support.open(`/console/people/${stage.people.lin}`);
    expect(lin.links.some(({ href }) => href.endsWith('/disable'))).toBe(true);
    const boss = await support.open(`/console/people/${stage.people.ada}`);
    expect(boss.links.some(({ href }) => href.endsWith('/disable'))).toBe(false);
    const refused = await support.open(`/console/people/${stage.people.ada}/disable`);
    const form = refused.forms.findIndex(({ action }) => action.endsWith('/disable'));
    const answer = await support.browser.submit(refused, { form, fields: { reason: 'x' } });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('Your role is support');
  });
});

it('no page of the console has a byte of a token', async () => {
  const paths = [
    '/console',
    '/console?period=7d',
    '/console/identities',
    '/console/people',
    `/console/people/${stage.people.lin}`,
    `/console/people/${stage.people.lin}?tab=uses`,
    `/console/people/${stage.people.lin}?tab=events`,
    accountPath(),
    `${accountPath()}/unlink`,
    '/console/events?limit=200',
  ];
  const pages = await Promise.all(paths.map(async (path) => [path, await owner.open(path)] as const));
  expect(pages.map(([, { status }]) => status)).toEqual(paths.map(() => 200));
  const tokens = stage.world.minted();
  expect([...tokens].length).toBeGreaterThan(5);
  expectNoSecrets(tokens, Object.fromEntries(pages.map(([path, { html }]) => [path, html])));
});
