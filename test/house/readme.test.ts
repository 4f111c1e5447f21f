import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('the README has a line for every room, and for no other', () => {
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const rooms = folders.map(({ name }) => name).filter((name) => name !== 'generated');
  const lines = [...readFileSync('README.md', 'utf8').matchAll(/^\| \[([\w-]+)\]\(src\/\1\) /gm)];
  // A new room gets a row in the table of 'How it is built': what it owns, and what it does not do.
  expect(lines.map(([, room]) => room).toSorted()).toEqual(rooms.toSorted());
});
