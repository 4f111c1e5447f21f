import type { Source, Syntax } from './read-source.ts';

/** The makers of collections that live in `kit` or in a room. */
const makers = new Set([
  'createCache',
  'createRowCache',
  'createHeardRows',
  'createRevokedNames',
  'createRateLimit',
  'limiter',
]);
/** Weak ones are left out: their entries go with their keys, which are requests and the like. */
const classes = new Set(['Map', 'Set', 'LRUCache']);
const functions = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

interface Scope {
  /** It is called later and from elsewhere, and not at once by the call whose argument it is. */
  readonly lasts: boolean;
  readonly declared: Set<string>;
}

/**
 * Returns the collections that outlive the call that made them, as `docs/growth.md` names them: empty ones, which are declared at
 * the top of a module, or in a function and used by a function within it, and all caches.
 */
export function collectionsIn({ path, statements }: Pick<Source, 'path' | 'statements'>): readonly string[] {
  const found = new Set<string>();
  const scopes: Scope[] = [];

  const use = (name: string) => {
    let lasts = false;
    for (const scope of scopes.toReversed()) {
      if (scope.declared.has(name)) {
        if (lasts) found.add(name);
        return;
      }
      lasts ||= scope.lasts;
    }
  };
  const declare = (node: Syntax) => {
    if (node.type === 'VariableDeclarator' && isSyntax(node.id) && isCollection(node.init))
      scopes.at(-1)?.declared.add(String(node.id.name));
    if (!functions.has(node.type)) for (const child of childrenOf(node)) declare(child);
  };
  const visit = (node: Syntax, isArgument = false) => {
    if (node.type === 'Identifier') use(String(node.name));
    // A cache without a name of its own.
    if (node.type === 'ArrowFunctionExpression' && isMade(node.body)) found.add(makerOf(node.body) ?? '');
    const isFunction = functions.has(node.type);
    if (isFunction) {
      scopes.push({ lasts: !isArgument, declared: new Set() });
      for (const child of childrenOf(node)) declare(child);
    }
    const given = node.type === 'CallExpression' ? new Set([node.arguments].flat()) : new Set();
    for (const child of childrenOf(node)) visit(child, given.has(child));
    if (isFunction) scopes.pop();
  };
  scopes.push({ lasts: false, declared: new Set() });
  for (const statement of statements) declare(statement);
  for (const statement of statements) visit(statement);
  const file = path.replace(/^src\//, '').replace(/\.ts$/, '');
  return [...found].map((name) => `${file} ${name}`);
}

function isCollection(init: unknown): boolean {
  if (!isSyntax(init)) return false;
  if (init.type === 'ArrayExpression') return isEmpty(init.elements);
  if (init.type === 'NewExpression')
    return isSyntax(init.callee) && classes.has(String(init.callee.name)) && isEmpty(init.arguments);
  if (init.type === 'ObjectExpression')
    return [init.properties].flat().some((one) => isSyntax(one) && isMade(one.value));
  return isMade(init);
}

function isMade(init: unknown): boolean {
  return makerOf(init) !== undefined;
}

function makerOf(init: unknown): string | undefined {
  if (!isSyntax(init) || init.type !== 'CallExpression' || !isSyntax(init.callee)) return undefined;
  const name = String(init.callee.name);
  return makers.has(name) ? name : undefined;
}

function childrenOf(node: Syntax): readonly Syntax[] {
  return Object.values(node).flat().filter(isSyntax);
}

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0;
}

function isSyntax(value: unknown): value is Syntax {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}
