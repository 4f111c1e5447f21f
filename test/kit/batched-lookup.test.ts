import { expect, it } from 'vitest';
import { createBatchedLookup } from '../../src/kit/database/batched-lookup.ts';
import { UnansweredError } from '../../src/kit/database/database-errors.ts';
import { currentRequest, runInRequest } from '../../src/kit/request-context.ts';

function counted(...options: [] | [{ inFlight: number }]) {
  const asked: (readonly string[])[] = [];
  const answers: PromiseWithResolvers<void>[] = [];
  const ask = createBatchedLookup(
    async (keys) => {
      asked.push(keys);
      const held = Promise.withResolvers<void>();
      answers.push(held);
      await held.promise;
      return new Map(keys.filter((key) => key !== 'unknown').map((key) => [key, `${key}${asked.length}`]));
    },
    ...options,
  );
  return { ask, asked, answers };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('concurrent callers share a batch, and equal keys are read once', async () => {
  const { ask, asked, answers } = counted();
  const all = Promise.all([ask('a'), ask('b'), ask('a'), ask('unknown')]);
  await turn();
  expect(asked).toEqual([['a', 'b', 'unknown']]);
  answers[0]?.resolve();
  expect(await all).toEqual(['a1', 'b1', 'a1', undefined]);
});

it('a caller that asks while a read is in flight does not get its result', async () => {
  const { ask, asked, answers } = counted();
  const early = ask('a');
  await turn();
  const late = ask('a');
  await turn();
  for (const { resolve } of answers) resolve();
  await early;
  expect(asked).toEqual([['a'], ['a']]);
  expect(await late).toBe('a2');
});

it('no more than two reads are in flight, and no caller is dropped', async () => {
  const { ask, asked, answers } = counted();
  const all: Promise<string | undefined>[] = [];
  for (const key of ['a', 'b', 'c', 'd']) {
    all.push(ask(key));
    await turn();
  }
  expect(asked).toEqual([['a'], ['b']]);
  answers[0]?.resolve();
  await all[0];
  await turn();
  expect(asked).toEqual([['a'], ['b'], ['c', 'd']]);
  for (const { resolve } of answers) resolve();
  expect(await Promise.all(all)).toHaveLength(4);
});

it('a lookup with one batch in flight collects the callers that come meanwhile', async () => {
  const { ask, asked, answers } = counted({ inFlight: 1 });
  const all: Promise<string | undefined>[] = [];
  for (const key of ['a', 'b', 'c']) {
    all.push(ask(key));
    await turn();
  }
  expect(asked).toEqual([['a']]);
  answers[0]?.resolve();
  await all[0];
  await turn();
  expect(asked).toEqual([['a'], ['b', 'c']]);
  answers[1]?.resolve();
  expect(await Promise.all(all)).toEqual(['a1', 'b2', 'c2']);
});

it('a failure reaches every caller of the batch, and no later one', async () => {
  const { ask, answers } = counted();
  const failing = Promise.allSettled([ask('a'), ask('b')]);
  await turn();
  answers[0]?.reject(new Error('gone'));
  expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const again = ask('a');
  await turn();
  answers[1]?.resolve();
  expect(await again).toBe('a2');
});

it('each request of the batch is marked as unanswered, not only the first', async () => {
  const { ask, answers } = counted();
  const requests = ['first', 'second'].map((requestId) => ({ requestId, unanswered: undefined }));
  const failing = Promise.allSettled(requests.map((request) => runInRequest(request, () => ask('a'))));
  await turn();
  const unanswered = new UnansweredError();
  answers[0]?.reject(unanswered);
  await failing;
  expect(requests.map((request) => request.unanswered)).toEqual([unanswered, unanswered]);
});

it('a request marked as unanswered reads no more, and does not keep others from reading', async () => {
  const contexts: unknown[] = [];
  const ask = createBatchedLookup(async (keys) => {
    contexts.push(currentRequest()?.unanswered);
    return new Map(keys.map((key) => [key, key]));
  });
  const unanswered = new UnansweredError();
  const left = { requestId: 'left', unanswered: undefined as Error | undefined };
  await runInRequest(left, async () => {
    const early = ask('a');
    left.unanswered = unanswered;
    await expect(ask('b')).rejects.toBe(unanswered);
    await turn();
    expect(await early).toBe('a');
  });
  expect(contexts).toEqual([undefined]);
});
