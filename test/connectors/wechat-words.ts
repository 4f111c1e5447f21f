import type { Words } from './conformance.ts';

const dead = (reason: 'rejected' | 'expired' | 'password_changed') =>
  ({ kind: 'grant-dead', reason }) as const;
const code = (errcode: number) => ({ errcode, errmsg: `some words, rid: 00000000-11111111-22222222` });

export const wechatWords: readonly Words[] = [
  { step: 'exchange', status: 200, body: code(40029), becomes: { kind: 'code-spent' } },
  { step: 'exchange', status: 200, body: code(40163), becomes: { kind: 'code-spent' } },
  { step: 'exchange', status: 200, body: code(42003), becomes: { kind: 'code-spent' } },
  { step: 'exchange', status: 200, body: code(40013), becomes: { kind: 'misconfigured' } },
  { step: 'exchange', status: 200, body: code(40125), becomes: { kind: 'misconfigured' } },
  { step: 'exchange', status: 200, body: code(40001), becomes: { kind: 'misconfigured' } },
  { step: 'exchange', status: 200, body: code(41002), becomes: { kind: 'misconfigured' } },
  { step: 'exchange', status: 200, body: code(41004), becomes: { kind: 'misconfigured' } },
  { step: 'exchange', status: 200, body: code(41008), becomes: { kind: 'unknown' } },
  { step: 'exchange', status: 200, body: code(-1), becomes: { kind: 'unavailable' } },
  {
    step: 'exchange',
    status: 200,
    body: code(45011),
    becomes: { kind: 'rate-limited', retryAfter: undefined },
  },
  { step: 'exchange', status: 200, body: code(99999), becomes: { kind: 'unknown' } },
  { step: 'exchange', status: 200, body: { errcode: '40029' }, becomes: { kind: 'unknown' } },
  { step: 'exchange', status: 200, body: '"40029"', becomes: { kind: 'unknown' } },
  { step: 'refresh', status: 200, body: code(40030), becomes: dead('rejected') },
  { step: 'refresh', status: 200, body: code(40001), becomes: dead('rejected') },
  { step: 'refresh', status: 200, body: code(40014), becomes: dead('rejected') },
  { step: 'refresh', status: 200, body: code(42002), becomes: dead('expired') },
  { step: 'refresh', status: 200, body: code(42007), becomes: dead('password_changed') },
  { step: 'refresh', status: 200, body: code(41003), becomes: { kind: 'unknown' } },
  { step: 'refresh', status: 200, body: code(40013), becomes: { kind: 'misconfigured' } },
  { step: 'refresh', status: 200, body: code(-1), becomes: { kind: 'unavailable' } },
  { step: 'refresh', status: 200, body: code(50002), becomes: { kind: 'unknown' } },
  { step: 'profile', status: 200, body: code(48001), becomes: { kind: 'misconfigured' } },
  { step: 'profile', status: 200, body: code(40003), becomes: { kind: 'unknown' } },
  { step: 'profile', status: 200, body: code(41001), becomes: { kind: 'unknown' } },
  { step: 'profile', status: 200, body: code(41009), becomes: { kind: 'unknown' } },
  { step: 'profile', status: 200, body: code(40001), becomes: dead('rejected') },
  { step: 'profile', status: 200, body: code(40014), becomes: dead('rejected') },
  { step: 'profile', status: 200, body: code(42001), becomes: dead('expired') },
  { step: 'profile', status: 200, body: code(-1), becomes: { kind: 'unavailable' } },
];
