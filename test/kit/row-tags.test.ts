import { expect, it } from 'vitest';
import { createRowTags } from '../../src/kit/keys/row-tags.ts';

const earlier = { name: 'thing', version: 1, key: ['id'], columns: { id: 'id', name: 'name' } } as const;
const later = {
  ...earlier,
  columns: { ...earlier.columns, strict: 'strict', place: 'place' },
  later: { strict: false, place: null },
} as const;

it('a column that came later counts for the tag only while it has not its usual value', () => {
  const tags = createRowTags(Buffer.alloc(32, 1), 'required');
  const row = { id: 'a', name: 'Notes' };
  const tag = tags.tag(earlier, row);
  expect(tags.isRight(later, { ...row, strict: false, place: null, tag })).toBe(true);
  expect(tags.isRight(later, { ...row, strict: true, place: null, tag })).toBe(false);

  const strict = tags.tag(later, { ...row, strict: true, place: null });
  expect(tags.isRight(later, { ...row, strict: true, place: null, tag: strict })).toBe(true);
  expect(tags.isRight(later, { ...row, strict: false, place: null, tag: strict })).toBe(false);
  const placed = tags.tag(later, { ...row, strict: false, place: 'true' });
  expect(tags.isRight(later, { ...row, strict: true, place: null, tag: placed })).toBe(false);
});
