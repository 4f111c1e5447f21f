import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { plans } from './plans.ts';
import { type Outcome, openSuite, type Suite } from './suite.ts';

let suite: Suite;

beforeAll(async () => {
  suite = await openSuite();
}, 60_000);
afterEach(() => void vi.useRealTimers());

/**
 * `docs/conformance.md` states each module's result. A result other than `passed` is one that the plan's own
 * rules allow.
 */
const documented = readFileSync('docs/conformance.md', 'utf8');

describe.each(Object.entries(plans))('%s', (plan, modules) => {
  const [, section = ''] = documented.split(`\n## ${plan}\n`);
  const lines = section.split('\n## ')[0]?.match(/^\| `.*$/gm) ?? [];
  const told = lines.map((line) => line.split('|').map((cell) => cell.trim()));

  it('is listed completely and in order', () => {
    expect(told.map(([, name]) => name)).toEqual(modules.map(({ name }) => `\`${name}\``));
  });

  it.each(modules.map((module) => [module.name, module] as const))('%s', async (name, module) => {
    const [, , result, why] = told.find(([, one]) => one === `\`${name}\``) ?? [];
    const outcome: Outcome | undefined = (await module.run(suite)) ?? undefined;
    expect([outcome?.result ?? 'passed', outcome?.why ?? '']).toEqual([result, why]);
  });
});
