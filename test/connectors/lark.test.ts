import { expect, it } from 'vitest';
import { feishu } from '../../src/connectors/providers/feishu.ts';
import { lark } from '../../src/connectors/providers/lark.ts';
import { conforms } from './conformance.ts';
import { suiteFacts } from './feishu-facts.ts';

conforms(suiteFacts('lark', 'larksuite.com'));

it('Lark shares no host and no id with Feishu', () => {
  const told = JSON.stringify([lark.endpoints, lark.issuer, lark.sharedId]);
  expect(told).not.toMatch(/feishu/);
  expect(lark.sharedId).not.toBe(feishu.sharedId);
});
