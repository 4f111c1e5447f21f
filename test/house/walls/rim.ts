import { isSyntax, nameOf, type Syntax } from '../read-source.ts';
import { codeWall, type Wall } from '../wall.ts';

/** The client library runs in processes of other products, with a clock of its own. */
const clocks = ['src/kit/clock.ts', 'src/client/clock.ts'];
/** Lab, demo and the client library are apart from the broker. */
const mayFetch = /^src\/(kit\/direct-fetch\.ts$|lab\/|demo\/|client\/)/;

export const rimWalls: readonly Wall[] = [
  codeWall(
    'the environment is read in config.ts',
    'tests own settings, and one file says what can be set',
    (node, { path }) =>
      readsEnvironment(node) && path !== 'src/config.ts' ? 'reads process.env' : undefined,
  ),
  codeWall('the system clock is read in kit/clock.ts', 'tests own time', (node, { path }) =>
    readsClock(node) && !clocks.includes(path) ? 'reads the system clock' : undefined,
  ),
  codeWall(
    'a method is refused in http/method-not-allowed.ts',
    'the answer 405 always has the header Allow',
    (node, { path }) =>
      refusesMethod(node) && path !== 'src/http/method-not-allowed.ts' ? 'refuses a method' : undefined,
  ),
  codeWall(
    'requests to other hosts go through kit/outbound.ts',
    'it refuses private addresses, and it bounds time and size',
    (node, { path }) => (isFetch(node) && !mayFetch.test(path) ? 'calls the global fetch' : undefined),
  ),
];

function readsEnvironment(node: Syntax): boolean {
  const { type, id, init, source } = node;
  if (type === 'MemberExpression') return isMember(node, 'process', 'env');
  if (type === 'VariableDeclarator') return nameOf(init) === 'process' && keysOf(id).includes('env');
  if (type !== 'ImportDeclaration' || !/^(node:)?process$/.test(nameOf(source) ?? '')) return false;
  return Array.isArray(node.specifiers) && node.specifiers.some((one) => nameOf(one.imported) === 'env');
}

/** Also where the clock is passed on: `now = Date.now`. */
function readsClock(node: Syntax): boolean {
  const { type, callee, arguments: given } = node;
  if (type === 'MemberExpression')
    return (
      isMember(node, 'Date', 'now') ||
      isMember(node, 'performance', 'now') ||
      isMember(node, 'process', 'hrtime') ||
      isMember(node, 'Temporal', 'Now')
    );
  if (nameOf(callee) !== 'Date') return false;
  return (
    type === 'CallExpression' || (type === 'NewExpression' && Array.isArray(given) && given.length === 0)
  );
}

function refusesMethod({ type, callee, arguments: given }: Syntax): boolean {
  if (type !== 'NewExpression' || !isSyntax(callee) || nameOf(callee) !== 'Problem') return false;
  const [code] = Array.isArray(given) ? given : [];
  return isSyntax(code) && code.value === 'method_not_allowed';
}

function isFetch({ type, callee }: Syntax): boolean {
  if (type !== 'CallExpression' || !isSyntax(callee)) return false;
  return nameOf(callee) === 'fetch' || isMember(callee, 'globalThis', 'fetch');
}

/** Matches `of.name`, also as a member of another object such as `globalThis`. */
function isMember({ type, object, property }: Syntax, of: string, name: string): boolean {
  if (type !== 'MemberExpression' || nameOf(property) !== name || !isSyntax(object)) return false;
  return nameOf(object) === of || (object.type === 'MemberExpression' && nameOf(object.property) === of);
}

function keysOf(pattern: unknown): readonly (string | undefined)[] {
  const properties = isSyntax(pattern) && Array.isArray(pattern.properties) ? pattern.properties : [];
  return properties.filter(isSyntax).map(({ key }) => nameOf(key));
}
