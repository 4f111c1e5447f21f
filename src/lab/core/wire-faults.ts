import { edit } from './edit.ts';
import { isRecord, json, type Reply } from './wire.ts';

/** Undocumented answers that providers nevertheless send at times, e.g. a gateway's page. */
export const strangeAnswers: Record<string, () => Reply> = {
  empty: () => ({ status: 200, encoding: 'empty', body: '' }),
  huge: () => json({ padding: 'x'.repeat(3_000_000) }),
  gzip_garbage: () => ({
    status: 200,
    encoding: 'text',
    body: 'this was never compressed',
    headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' },
  }),
  truncated: () => ({
    status: 200,
    encoding: 'text',
    body: '{"access_token":"tru',
    headers: { 'content-type': 'application/json' },
  }),
  redirect: () => ({
    status: 302,
    encoding: 'empty',
    body: '',
    headers: { location: 'http://169.254.169.254/latest/meta-data/' },
  }),
};

const strangeLives: Record<string, unknown> = {
  expires_in_zero: 0,
  expires_in_negative: -3600,
  expires_in_text: '7200',
  expires_in_decade: 315_360_000,
  expires_in_absent: undefined,
};

/** Valid tokens in odd shapes of answers, each seen at some provider. */
const oddShapes: Record<string, (reply: Reply) => Reply> = {
  status_202: (reply) => ({ ...reply, status: 202 }),
  odd_token_type: (reply) => edit(reply, /^token_?type$/i, () => 'BearerToken '),
  scope_list: (reply) => edit(reply, /^scopes?$/i, (value) => String(value).split(/[ ,]+/)),
  null_id_token: (reply) => edit(reply, /^id_token$/, () => null),
  spoiled_id_token: (reply) => edit(reply, /^id_token$/, (value) => `${String(value).slice(0, -8)}AAAAAAAA`),
  lifetime_in_words: (reply) => edit(reply, /^expires?_?in$/i, (value) => ` ${value}s`),
  large_member: (reply) => beside(reply, { padding: 'x'.repeat(3_000_000) }),
  deep_member: (reply) => beside(reply, { nested: nested(3000) }),
};

export const wireFaults = [
  ...Object.keys(strangeAnswers),
  ...Object.keys(strangeLives),
  ...Object.keys(oddShapes),
  'omit_access_token',
];

/** Returns the answer in another shape, or undefined for other faults. */
export function oddShape(reply: Reply, fault: string): Reply | undefined {
  return oddShapes[fault]?.(reply);
}

function beside(reply: Reply, members: Readonly<Record<string, unknown>>): Reply {
  return isRecord(reply.body) ? { ...reply, body: { ...reply.body, ...members } } : reply;
}

function nested(levels: number): unknown {
  let value: unknown = true;
  for (let level = 0; level < levels; level += 1) value = { value };
  return value;
}

/** Returns the answer with another `expires_in`, or undefined for other faults. */
export function strangeLife(reply: Reply, fault: string): Reply | undefined {
  if (!(fault in strangeLives) || !isRecord(reply.body)) return undefined;
  let stated = false;
  const edited = edit(reply, /^expires?_?in$/i, () => {
    stated = true;
    return strangeLives[fault];
  });
  return stated ? edited : { ...reply, body: { ...reply.body, expires_in: strangeLives[fault] } };
}
