import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { eventGroups, eventTypesIn, eventWords } from '../../src/kit/events/event-words.ts';

const source = readFileSync('src/kit/events/events.ts', 'utf8');
const union = source.split('export type EventType =')[1]?.split(';')[0] ?? '';
const types = [...union.matchAll(/\| '([\w.]+)'/g)].map(([, type]) => type);

it('each type of event has one sentence in English and in Chinese', () => {
  expect(types.length).toBeGreaterThan(70);
  expect(eventWords.map(({ type }) => type).sort()).toEqual(types.sort());
  for (const { type, text, group } of eventWords) {
    expect(text.en, type).toMatch(/^[A-Z][^.]+$/);
    expect(text.zh, type).toMatch(/\p{Script=Han}/u);
    expect(text.zh, type).not.toMatch(
      /服务商|\p{Script=Han}[,:;()]|\p{Script=Han}[A-Za-z]|[A-Za-z]\p{Script=Han}/u,
    );
    expect(Object.keys(eventGroups)).toContain(group);
  }
});

it('a pattern names the types that begin so', () => {
  const webhooks = types.filter((type) => type?.startsWith('webhook.'));
  expect([...eventTypesIn(['webhook.*'])].sort()).toEqual(webhooks.sort());
  expect(eventTypesIn(['app.changed', 'none.*'])).toEqual(['app.changed']);
});
