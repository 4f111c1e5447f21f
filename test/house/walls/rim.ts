import { isSyntax, nameOf, type Syntax } from '../read-source.ts';
import { codeWall, type Wall } from '../wall.ts';

export const rimWalls: readonly Wall[] = [
  codeWall(
    'the environment is read in config.ts',
    'tests own settings, and one file says what can be set',
    (node, { path }) =>
      isMember(node, 'process', 'env') && path !== 'src/config.ts' ? 'reads process.env' : undefined,
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
];

/** The client library runs in processes of other products, with a clock of its own. */
const clocks = ['src/kit/clock.ts', 'src/client/clock.ts'];

function readsClock({ type, callee, arguments: given }: Syntax): boolean {
  if (!isSyntax(callee)) return false;
  if (type === 'NewExpression')
    return nameOf(callee) === 'Date' && Array.isArray(given) && given.length === 0;
  return (
    type === 'CallExpression' && (isMember(callee, 'Date', 'now') || isMember(callee, 'performance', 'now'))
  );
}

function refusesMethod({ type, callee, arguments: given }: Syntax): boolean {
  if (type !== 'NewExpression' || !isSyntax(callee) || nameOf(callee) !== 'Problem') return false;
  const [code] = Array.isArray(given) ? given : [];
  return isSyntax(code) && code.value === 'method_not_allowed';
}

function isMember({ type, object, property }: Syntax, of: string, name: string): boolean {
  return type === 'MemberExpression' && nameOf(object) === of && nameOf(property) === name;
}
