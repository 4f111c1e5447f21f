import { spawn } from 'node:child_process';
import readline from 'node:readline/promises';
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { createSignIn } from './sign-in.js';

// An agent for the terminal: it reads a calendar, suggests a change, and makes it when the person has agreed twice, here and
// on Symbolon's page. It never has a token of the calendar.

const {
  ISSUER,
  CLIENT_ID,
  ACCOUNT = 'google',
  EVENTS = '/calendar/v3/calendars/primary/events',
} = process.env;

const terminal = readline.createInterface({ input: process.stdin });
const lines = terminal[Symbol.asyncIterator]();

async function ask(question) {
  console.log(question);
  const { value = '' } = await lines.next();
  return value.trim();
}

/** Shows a page to the person, in their browser if there is a desktop. */
function show(title, url) {
  console.log(`${title}: ${url}`);
  const opener = { darwin: 'open', linux: 'xdg-open' }[process.platform];
  if (opener && (process.env.DISPLAY || process.platform === 'darwin'))
    spawn(opener, [url], { stdio: 'ignore', detached: true })
      .on('error', () => {})
      .unref();
}

const signIn = await createSignIn({ clientId: CLIENT_ID, show });
const client = new Client(
  { name: 'symbolon-example-agent', version: '1.0.0' },
  { versionNegotiation: { mode: 'auto' }, capabilities: { elicitation: { url: {} } } },
);

// Symbolon asks for the use of an account, and for each change, by a link. This program only shows it.
client.setRequestHandler('elicitation/create', async ({ params }) => {
  show(params.message, params.url);
  const answer = await ask('Press Enter when you have decided there, or type "no".');
  return { action: answer === 'no' ? 'decline' : 'accept' };
});

/** Does something, and once more after a sign-in where the server asks for one: at first, and for further scopes. */
async function signedIn(transport, action) {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    await transport().finishAuth(await signIn.arrival());
    return await action();
  }
}

let transport;
await signedIn(
  () => transport,
  () => {
    transport = new StreamableHTTPClientTransport(new URL(`${ISSUER}/mcp`), {
      authProvider: signIn.provider,
    });
    return client.connect(transport);
  },
);

async function call(name, args) {
  const result = await signedIn(
    () => transport,
    () => client.callTool({ name, arguments: args }),
  );
  return result.structuredContent ?? {};
}

const read = await call('call_api', { account: ACCOUNT, path: EVENTS, query: { maxResults: 5 } });
if (read.status !== 200) throw new Error(`the calendar answered ${JSON.stringify(read)}`);
for (const { summary, start } of read.body.items ?? [])
  console.log(`- ${plain(summary)} (${plain(start?.dateTime ?? start?.date)})`);

const title = await ask('Type the title of a new event, or press Enter to leave.');
if (title !== '') {
  const begin = new Date(Date.now() + 86_400_000);
  const event = {
    summary: title,
    start: { dateTime: begin.toISOString() },
    end: { dateTime: new Date(begin.getTime() + 3_600_000).toISOString() },
  };
  const answer = await ask(`Add "${plain(title)}" at ${event.start.dateTime}? Type "yes".`);
  if (answer === 'yes') {
    const change = { account: ACCOUNT, method: 'POST', path: EVENTS, body: JSON.stringify(event) };
    const made = await call('change_api', { ...change, reason: `You asked for "${plain(title)}"` });
    console.log(
      made.status === 200 || made.status === 201 ? 'Added.' : `Not added: ${made.code ?? made.status}.`,
    );
  }
}
await client.close();
terminal.close();

/** Titles are other people's text: no control characters reach the terminal, and no line breaks. */
function plain(text) {
  return String(text ?? '')
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .slice(0, 100);
}
