import { roomOf } from '../house.ts';
import { isSyntax, nameOf, type Syntax, textOf } from '../read-source.ts';
import { codeWall, type Wall } from '../wall.ts';

/** The file that deletes rows of each model. To delete one deletes the vault's entries of its identities too. */
const deleters: Readonly<Record<string, string>> = {
  user: 'src/identities/identity-removals-store.ts',
  identity: 'src/identities/identity-removals-store.ts',
  connection: 'src/login/connection-store.ts',
  vaultEntry: 'src/vault/upstream-revocation/enqueue-store.ts',
};
const tables: Readonly<Record<string, string>> = { vault_entry: 'vaultEntry' };
const statement = /\b(?:DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?)\s+(?:ONLY\s+)?"?([a-z_]+)/gi;

export const removalWalls: readonly Wall[] = [
  codeWall(
    'rows that hold grants are deleted in one file each',
    'no grant is forgotten here that lives on at its provider',
    (node, { path }) => {
      const model = modelsDeleted(node).find((one) => deleters[one] !== undefined && deleters[one] !== path);
      return model && `deletes ${model}`;
    },
  ),
  codeWall(
    'connections are removed by offboarding',
    'no connection is deleted without the grants of its identities in the queue of upstream revocations',
    ({ type, callee }, { path }) => {
      if (type !== 'CallExpression' || !isSyntax(callee) || nameOf(callee.property) !== 'remove')
        return undefined;
      const { object } = callee;
      const owner = isSyntax(object) && nameOf(object.type === 'MemberExpression' ? object.property : object);
      return owner === 'connections' && roomOf(path) !== 'offboarding' ? 'removes a connection' : undefined;
    },
  ),
];

function modelsDeleted(node: Syntax): readonly string[] {
  const { type, callee } = node;
  if (type === 'CallExpression' && isSyntax(callee) && /^delete(Many)?$/.test(nameOf(callee.property) ?? ''))
    return isSyntax(callee.object) ? [nameOf(callee.object.property) ?? ''] : [];
  if (type !== 'Literal' && type !== 'TemplateElement') return [];
  return [...textOf(node).matchAll(statement)].map(([, table = '']) => tables[table] ?? table);
}
