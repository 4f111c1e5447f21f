import { expect, test } from 'vitest';
import { walls } from './all-walls.ts';
import { readHouse } from './house.ts';

const house = readHouse();

test('the walls check every source file', () => {
  expect(house.sources.length).toBeGreaterThan(200);
});

test.each(walls)('$name', ({ breaches, reason }) => {
  expect(breaches(house), `because ${reason}`).toEqual([]);
});
