import { roomOf } from '../house.ts';
import { isSyntax, nameOf } from '../read-source.ts';
import { codeWall, importWall, type Wall } from '../wall.ts';

/** In the vault, what holds or makes plaintext. */
const plaintext = ['fresh', 'token-set', 'refresh', 'merge', 'deposit', 'entry'].map(
  (name) => `src/vault/${name}.ts`,
);

export const vaultWalls: readonly Wall[] = [
  importWall(
    'the refresh engine runs only behind the door of the vault',
    'one door out, and that door is audited',
    ({ from, to, typeOnly }) =>
      to === 'src/vault/fresh.ts' && !typeOnly && from.path !== 'src/vault/vault.ts',
  ),
  codeWall(
    'only retrieval takes plaintext out of the vault',
    'one door out, and that door is audited',
    ({ type, callee }, { path }) => {
      const called = type === 'CallExpression' && isSyntax(callee) ? nameOf(callee.property) : undefined;
      return called === 'fresh' && roomOf(path) !== 'retrieval' ? 'calls .fresh(…)' : undefined;
    },
  ),
  importWall(
    'account and admin see metadata of the vault, never a token',
    'operators manage connections, not secrets',
    ({ room, to }) => ['account', 'admin'].includes(room) && plaintext.includes(to),
  ),
];
