import { isSyntax, nameOf, type Syntax } from '../read-source.ts';
import { codeWall, importWall, type Wall } from '../wall.ts';

/** Where Express runs; elsewhere its types may be named. */
const rim = /^src\/(http|lab|demo)\/|\/routes\.ts$|-routes\.ts$|\/routes\//;
const express = ['express', 'express-session', 'connect-pg-simple', 'cookie-parser', 'helmet'];

export const rimWalls: readonly Wall[] = [
  importWall(
    'Express runs in http, in routes, in lab and demo',
    'frameworks stay at the rim',
    ({ from, to, typeOnly }) => express.includes(to) && !typeOnly && !rim.test(from.path),
  ),
  importWall(
    'Passport is known in login only',
    'frameworks stay at the rim',
    ({ room, to }) => to.startsWith('passport') && room !== 'login',
  ),
  importWall(
    'oidc-provider is known in issuance only',
    'frameworks stay at the rim',
    ({ room, to }) => to === 'oidc-provider' && room !== 'issuance',
  ),
  importWall(
    'prom-client is known in kit/metrics.ts only',
    'what may be a label is decided in one place',
    ({ from, to }) => to === 'prom-client' && from.path !== 'src/kit/metrics.ts',
  ),
  codeWall(
    'the environment is read in config.ts',
    'tests own settings, and one file says what can be set',
    (node, { path }) =>
      isMember(node, 'process', 'env') && path !== 'src/config.ts' ? 'reads process.env' : undefined,
  ),
  codeWall('the system clock is read in kit/clock.ts', 'tests own time', (node, { path }) =>
    readsClock(node) && !clocks.includes(path) ? 'reads the system clock' : undefined,
  ),
];

/** The client library runs in other people's processes, with a clock of its own. */
const clocks = ['src/kit/clock.ts', 'src/client/clock.ts'];

function readsClock({ type, callee, arguments: given }: Syntax): boolean {
  if (!isSyntax(callee)) return false;
  if (type === 'NewExpression')
    return nameOf(callee) === 'Date' && Array.isArray(given) && given.length === 0;
  return (
    type === 'CallExpression' && (isMember(callee, 'Date', 'now') || isMember(callee, 'performance', 'now'))
  );
}

function isMember({ type, object, property }: Syntax, of: string, name: string): boolean {
  return type === 'MemberExpression' && nameOf(object) === of && nameOf(property) === name;
}
