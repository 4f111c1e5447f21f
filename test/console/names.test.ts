import { expect, it } from 'vitest';
import type { CallInput } from '../../src/console/call.ts';
import { namesOf } from '../../src/console/names.ts';
import type { Visit } from '../../src/console/visit.ts';

it('the names of all people on a page are read at once', async () => {
  const calls: CallInput[] = [];
  const read = async (_name: string, call: CallInput) => {
    calls.push(call);
    return { items: [{ id: 'usr_1', name: 'Ada' }] };
  };
  const people = ['usr_1', 'usr_2', 'usr_1', null, 'app_1'];
  const names = await namesOf({ read } as unknown as Visit, { people, apps: false });
  expect(calls).toEqual([{ query: { id: ['usr_1', 'usr_2'], limit: '200' } }]);
  expect([names.person('usr_1'), names.person('usr_2')].map(String)).toEqual([
    expect.stringContaining('Ada'),
    expect.stringContaining('>usr_2<'),
  ]);
});
