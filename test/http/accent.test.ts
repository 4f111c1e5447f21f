import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { accentFault, shadesOf, sheetColours } from '../../src/http/accent.ts';

const sheet = readFileSync('src/http/assets/symbolon.css', 'utf8');

/** Returns the custom properties of the first or second `:root`, in the long form of colours. */
function properties(index: number): Readonly<Record<string, string>> {
  const block = [...sheet.matchAll(/:root \{([^}]*)\}/g)][index]?.[1] ?? '';
  const long = (colour: string) => colour.replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3');
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]+);/g)].map(([, name = '', colour = '']) => [
      name,
      long(colour),
    ]),
  );
}

it.each([
  ['light', 0],
  ['dark', 1],
] as const)('the colours of the %s scheme are those of the style sheet', (scheme, index) => {
  const { card, paper, 'on-accent': onAccent } = properties(index);
  expect(sheetColours[scheme]).toEqual({ papers: [card, paper], onAccent });
});

it('the broker’s own accent is a fair one', () => {
  expect(accentFault(properties(0).accent ?? '')).toBeUndefined();
});

it.each(['#ffcd00', '#ffffff', '#7fc4d8', '#8a8a8a'])(
  '%s cannot be read on white, and is refused',
  (colour) => {
    expect(accentFault(colour)).toMatch(/contrast of [\d.]+:1 on a light page.*choose a darker one/);
  },
);

it('each accent that is taken is lightened until it can be read in the dark scheme', () => {
  const part = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(fc.tuple(part, part, part), (parts) => {
      const colour = `#${parts.map((one) => one.toString(16).padStart(2, '0')).join('')}`;
      const fault = accentFault(colour);
      expect(fault ?? 'on a light page').toContain('on a light page');
      if (fault === undefined) expect(shadesOf(colour)).toMatchObject({ light: colour });
    }),
  );
  expect(shadesOf('#1f4e5f').dark).not.toBe('#1f4e5f');
});
