import { type ChildProcess, spawn } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, startApi } from '../retrieval/proxy-stage.ts';
import { atEnd } from '../support/at-end.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { install, walk } from './example.ts';

// The example unchanged, as a process of its own: an agent, with a person at the terminal and in the browser.

let world: World;
let calendar: RunningApi;
const events = { items: [{ summary: 'Lunch\u001b[2J', start: { dateTime: '2026-12-01T12:00:00Z' } }] };

beforeAll(async () => {
  calendar = await startApi({
    '/base/events': ({ method }) =>
      method === 'GET' ? { body: [JSON.stringify(events)] } : { status: 201, body: ['{"id":"7"}'] },
  });
  atEnd(() => calendar.close());
  world = await createWorld({ mcp: true, allowedPrivateHosts: [calendar.host] });
  const google = world.lab.connections().find(({ name }) => name === 'google');
  await world.broker.connections.change('google', {
    client_secret: google?.clientSecret ?? '',
    endpoints: { ...google?.endpoints, api: calendar.url },
    reason: 'a calendar of the test',
  });
});

describe('examples/agent', () => {
  it('reads a calendar, and adds an event after the person has agreed twice', async () => {
    const { app } = await world.broker.issuance.apps.create({
      name: 'Calendar agent',
      type: 'native',
      redirectUris: ['http://127.0.0.1/callback'],
      apis: [`${world.issuer}/mcp`],
    });
    const browser = createBrowser();
    const agent = startAgent({ ISSUER: world.issuer, CLIENT_ID: app.id, EVENTS: '/events' });
    const visit = async (title: string) => walk(browser, await browser.open(await agent.link(title)), 'ada');

    const signIn = new URL(await agent.link('Sign in'));
    signIn.searchParams.set('connection', 'google');
    expect((await walk(browser, await browser.open(signIn), 'ada')).text).toContain('close this page');
    await visit('Allow the use of your Google account.');
    agent.type('');
    // The text of the calendar comes without its control characters.
    expect(await agent.said(/^- Lunch .*$/m)).toContain('- Lunch [2J (2026-12-01T12:00:00Z)');
    await agent.said(/Type the title/);
    agent.type('Tea');
    await agent.said(/Add "Tea"/);
    expect(calendar.seen.map(({ method }) => method)).toEqual(['GET']);
    agent.type('yes');
    await visit('Look at a change that an agent wants to make, and decide.');
    agent.type('');
    await agent.said(/Added\./);
    const [, change] = calendar.seen;
    expect(change).toMatchObject({ method: 'POST', url: '/base/events' });
    expect(JSON.parse(String(change?.body))).toMatchObject({ summary: 'Tea' });
    expect(await agent.ended).toBe(0);
    expect(agent.all()).not.toMatch(/eyJ|ya29/);
  }, 90_000);
});

function startAgent(env: Record<string, string>) {
  const child: ChildProcess = spawn(process.execPath, ['agent.js'], {
    cwd: install('agent'),
    env: { PATH: process.env.PATH, ...env },
    stdio: 'pipe',
  });
  atEnd(() => void child.kill('SIGKILL'));
  let text = '';
  let read = 0;
  const hearing = new Set<() => void>();
  const hear = (chunk: unknown) => {
    text += String(chunk);
    for (const listener of hearing) listener();
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      resolve(code);
      for (const listener of hearing) listener();
    });
  });
  /** Resolves to the next output that fits. */
  function said(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(text.slice(read));
        if (!found && child.exitCode === null) return;
        hearing.delete(look);
        if (!found) return reject(new Error(`it ended without ${pattern}: ${text}`));
        read += found.index + found[0].length;
        resolve(found[0]);
      };
      hearing.add(look);
      look();
    });
  }
  return {
    said,
    ended,
    all: () => text,
    type: (line: string) => void child.stdin?.write(`${line}\n`),
    async link(title: string): Promise<string> {
      const escaped = title.replaceAll('.', '\\.');
      return (await said(new RegExp(`^${escaped}: http\\S+$`, 'm'))).slice(title.length + 2);
    },
  };
}
