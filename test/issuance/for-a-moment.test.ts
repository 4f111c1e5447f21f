import { expect, it } from 'vitest';
import { createShortCache } from '../../src/issuance/registry/short-cache.ts';
import { UnansweredError } from '../../src/kit/database/database-trouble.ts';
import { runInRequest } from '../../src/kit/request-context.ts';

it('a request that waits for what another has asked asks no more once there is no answer', async () => {
  const { promise, reject } = Promise.withResolvers<string>();
  const moment = createShortCache(() => promise);
  const requests = ['first', 'second'].map((requestId) => ({ requestId, silence: undefined }));
  const waiting = requests.map((request) => runInRequest(request, () => moment.of('app')));
  const silence = new UnansweredError();
  reject(silence);
  for (const one of waiting) await expect(one).rejects.toBe(silence);
  expect(requests[1]?.silence).toBe(silence);
});
