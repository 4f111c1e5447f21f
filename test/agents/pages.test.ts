import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { callDetail, chosenCalls } from '../../src/issuance/tokens/call-details.ts';
import { createProxyApp } from '../retrieval/proxy-stage.ts';
import { callApi } from '../support/api.ts';
import { atEnd } from '../support/at-end.ts';
import { launchChromium } from '../support/chromium.ts';
import { obstacles } from '../support/usable.ts';
import { type AgentOfPerson, createDecidedWorld, type DecidedWorld } from './decided.ts';

// The pages about agents: on a phone in Chinese without JavaScript, on a desk in English, and by plain requests.

let stage: DecidedWorld;
let ada: AgentOfPerson;

beforeAll(async () => {
  stage = await createDecidedWorld();
  ada = await stage.person('ada');
});

async function signIn(page: Page, path: string): Promise<void> {
  await page.goto(`${stage.world.issuer}${path}`);
  await page
    .getByRole('button', { name: /Google/ })
    .first()
    .click();
  await page.locator('input[name="user"][value="ada"]').check();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.waitForURL((url) => url.pathname === path);
}

describe('the pages about agents', () => {
  it.each([
    [
      'a phone, in Chinese, dark, without JavaScript',
      { locale: 'zh-CN', width: 360, scripts: false, deny: true },
    ],
    ['a desk, in English, with JavaScript', { locale: 'en-US', width: 1280, scripts: true, deny: false }],
  ])('are usable: %s', async (_name, { locale, width, scripts, deny }) => {
    const browser = await launchChromium();
    const context = await browser.newContext({
      locale,
      viewport: { width, height: 740 },
      javaScriptEnabled: scripts,
      colorScheme: scripts ? 'light' : 'dark',
    });
    atEnd(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const body = `{"summary":"${locale}","notes":"${'very long '.repeat(200)}"}`;
    const asked = await stage.decisions.storedCalls.request(ada.ask({ body, query: 'q=%E5%91%A8&a=b' }));
    const { pathname } = new URL(asked.url);
    // The link leads through a sign-in back to the question.
    await signIn(page, pathname);
    const shown = async (path: string) => {
      await page.goto(`${stage.world.issuer}${path}`);
      if (scripts) expect(await obstacles(page), path).toEqual([]);
      const reached = await page.evaluate('document.documentElement.scrollWidth');
      expect(Number(reached), path).toBeLessThanOrEqual(width);
    };
    await shown('/account/agents');
    expect(await page.getByText(scripts ? 'Waiting for your decision' : '等待您确认').count()).toBe(1);
    await shown(`/account/agents/${ada.pair.clientId}`);
    await shown('/account/agents/activity');
    await shown(pathname);
    // The whole content is folded, and unfolds without a script.
    const whole = page.locator('details pre');
    expect(await whole.isVisible()).toBe(false);
    await page.locator('details summary').click();
    expect(await whole.textContent()).toBe(body);
    expect(await page.textContent('main')).toContain('q=周&a=b');
    const names = scripts ? ['Approve', 'Deny'] : ['批准', '拒绝'];
    const buttons = page.locator('main form').first().locator('button');
    expect(await buttons.allTextContents()).toEqual(names);
    await buttons.nth(deny ? 1 : 0).click();
    await page.waitForLoadState();
    const { state } = (await stage.decisions.storedCalls.find(asked.id, ada.pair)) ?? {};
    expect(state).toBe(deny ? 'denied' : 'approved');
    expect(await page.locator('main form').count()).toBe(0);
  });

  it('tell what agents did, page by page and agent by agent', async () => {
    const { visitor, pair } = ada;
    const page = await visitor.open('/account/agents/activity');
    for (const text of ['asked you to approve', 'You approved', 'You denied'])
      expect(page.text).toContain(text);
    const of = await visitor.open(`/account/agents/activity?app=${pair.clientId}`);
    expect(of.text).toContain('Show all agents');
    expect((await visitor.open('/account/agents/activity?app=app_other')).text).toContain(
      'No agent has done anything',
    );
    expect((await visitor.open('/account/agents/activity?after=tomorrow')).status).toBe(400);

    const event = { type: 'approval.denied' as const, ...{ userId: pair.userId, appId: pair.clientId } };
    const rows = Array.from({ length: 60 }, (_, index) => ({
      ...event,
      id: `evt_x${String(index).padStart(3, '0')}`,
      detail: { method: 'POST' },
    }));
    await stage.world.database.prisma.auditEvent.createMany({ data: rows });
    const first = await visitor.open('/account/agents/activity');
    const older = first.links.find(({ text }) => text === 'Older')?.href ?? '';
    const second = await visitor.open(older);
    expect(second.text).toContain('asked you to approve');
    expect(second.links.some(({ text }) => text === 'Older')).toBe(false);
  });

  it('stop all agents with one press, and what they hold ends', async () => {
    const sam = await stage.person('sam');
    const tokens = await sam.app.signIn({ connection: 'google', user: 'sam' });
    const { storedCalls } = stage.decisions;
    const asked = await storedCalls.request(sam.ask());
    expect((await sam.visitor.open('/account')).text).toContain('wait for your decision: 1');
    const { exactCalls, approvals } = stage.decisions;
    const elsewhere = await createProxyApp(stage.world, {
      google: [{ methods: ['POST'], path: '/calendar/**' }],
    });
    const pair = { userId: sam.pair.userId, clientId: elsewhere.clientId };
    const exact = callDetail.parse({
      type: 'symbolon_call',
      connection: 'google',
      method: 'POST',
      path: '/calendar/v3',
    });
    const calls = await exactCalls.asked(pair, [exact]);
    const [approved] = await exactCalls.approve(
      pair,
      ('fault' in calls ? [] : chosenCalls(calls, () => undefined)) ?? [],
    );
    const page = await sam.visitor.open('/account/agents');
    const stopping = page.forms.findIndex(({ action }) => action === '/account/agents/stop');
    const cross = { 'sec-fetch-site': 'cross-site' };
    expect((await sam.visitor.browser.submit(page, { form: stopping, headers: cross })).status).toBe(403);
    const after = await sam.visitor.browser.submit(page, { form: stopping });
    expect(after.text).toContain('All agents are stopped');
    expect(after.text).toContain('You have let in no agent');

    expect(await storedCalls.find(asked.id, sam.pair)).toMatchObject({ state: 'expired' });
    expect(await approvals.find(approved?.identifier ?? '')).toMatchObject({ state: 'expired' });
    await expect(storedCalls.request(sam.ask())).rejects.toMatchObject({ code: 'consent_required' });
    expect((await callApi(stage.world.issuer, '/v1/me/identities', tokens.access_token)).status).toBe(401);
    const refreshed = await fetch(`${stage.world.issuer}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: tokens.refresh_token ?? '',
        client_id: sam.app.clientId,
        client_secret: sam.app.clientSecret,
      }),
    });
    expect(refreshed.status).toBe(400);
    const { rows } = await stage.world.database.pool.query<{ type: string }>(
      `SELECT type FROM audit_event WHERE user_id = $1 AND type IN ('grant.revoked', 'agents.stopped', 'approval.expired')`,
      [sam.pair.userId],
    );
    expect(rows.map(({ type }) => type).sort()).toEqual([
      'agents.stopped',
      'approval.expired',
      'approval.expired',
      'grant.revoked',
    ]);
  });

  it('take permissions and questions along in the download, and end with the person', async () => {
    const lin = await stage.person('lin');
    await stage.decisions.permissions.choose({ ...lin.pair, mode: 'read', lifetime: 'always' });
    await stage.decisions.permissions.choose({
      ...lin.pair,
      identityId: lin.identityId,
      mode: 'ask',
      lifetime: 'day',
    });
    const asked = await stage.decisions.storedCalls.request(lin.ask());
    const file = await lin.visitor.browser.submit(await lin.visitor.open('/account/data'));
    expect(JSON.parse(file.html).agents).toMatchObject({
      permissions: expect.arrayContaining([expect.objectContaining({ mode: 'read', until: null })]),
      questions: [
        { id: asked.id, state: 'pending', call: { path: '/calendar/v3/events' }, reason: 'Ada asked me to' },
      ],
    });
    await stage.world.broker.removals.eraseUser(lin.pair.userId);
    const { rows } = await stage.world.database.pool.query(
      'SELECT 1 FROM agent_permission WHERE user_id = $1 UNION ALL SELECT 1 FROM agent_approval WHERE user_id = $1',
      [lin.pair.userId],
    );
    expect(rows).toEqual([]);
  });

  it('hear the decision on a sign-in that an app has begun elsewhere', async () => {
    const { approvals } = stage.decisions;
    const expiresAt = new Date(stage.world.clock.now().getTime() + 120_000);
    const question = {
      ...ada.pair,
      reference: 'req-1',
      bindingMessage: 'W4-SCT \u202e',
      scopes: ['openid'],
      expiresAt,
    };
    const asked = await approvals.askSignIn(question);
    const page = await ada.visitor.open(new URL(asked.url).pathname);
    for (const text of ['on another device', 'W4-SCT [U+202E]', 'openid', 'begun this yourself'])
      expect(page.text).toContain(text);
    // The page is served by the broker, whose half of the room decides.
    const after = await ada.visitor.browser.submit(page, { button: 'approve' });
    expect(after.text).toContain('Approved');
    expect(await approvals.find(asked.id)).toMatchObject({ state: 'used', content: undefined });
    expect(await stage.decisions.storedCalls.find(asked.id, ada.pair)).toBeUndefined();
  });
});
