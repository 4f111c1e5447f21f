import { expect, it } from 'vitest';
import { loggedPath } from '../../src/http/logged-path.ts';

it.each([
  ['/console/join/0123456789abcdef0123', '/console/join/…'],
  ['/account/erased/usr_01.abc.def-_', '/account/erased/…'],
  ['/account/activity', '/account/activity'],
  [`/${'a'.repeat(300)}`, `/${'a'.repeat(199)}`],
])('%s is logged as %s', (path, logged) => {
  expect(loggedPath(path)).toBe(logged);
});
