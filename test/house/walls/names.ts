import { findConnector, providers } from '../../../src/connectors/registry.ts';
import { nameOf, type Syntax, textOf } from '../read-source.ts';
import { codeWall, type Wall } from '../wall.ts';

/** Further names of the registry's providers, and of possible future ones. Comments may cite them. */
const alsoKnownAs = [
  'wechat',
  'weixin',
  'twitter',
  'linkedin',
  'microsoft',
  'apple',
  'dingding',
  'lark',
  'hubapi',
];
/** Names that are also words of the language or of the protocol. */
const ambiguous = ['x', 'line', 'box', 'linear', 'openid-connect', 'openid connect', 'oauth2', 'oauth 2.0'];

const known = providers.flatMap((provider) => [provider, findConnector(provider)?.title.en ?? provider]);
const names = [...new Set([...known, ...alsoKnownAs].map((name) => name.toLowerCase()))]
  .filter((name) => !ambiguous.includes(name))
  // Returns the spellings: `epic-games`, `epicGames`, `EPIC_GAMES`, “Epic Games”.
  .map((name) =>
    name.replace(/[^a-z\d]+/g, '[^a-z\\d]?').replace(/^.{1,2}$/, (short) => `(?<![a-z])${short}(?![a-z])`),
  );
const provider = new RegExp(names.join('|'), 'i');
/** A key management service or a browser may be of a vendor that is also a provider. */
const mayName =
  /^src\/(connectors\/providers\/|connectors\/registry\.ts$|kit\/keys\/kms\/|http\/browser-words\.ts$|lab\/|demo\/)/;

export const nameWalls: readonly Wall[] = [
  codeWall(
    'no provider is named in generic code',
    'generic code stays generic: it branches on declared traits, never on a name',
    (node, { path }) => {
      if (mayName.test(path)) return undefined;
      const named = provider.exec(textOf(node))?.[0] ?? (node.type === 'Program' && provider.exec(path)?.[0]);
      return named ? `names ${named}` : undefined;
    },
  ),
  codeWall(
    'names are exported, not defaults',
    'a thing has the same name wherever it is used',
    ({ type, exported }, { path }) =>
      // A declaration file says what a package exports.
      !path.endsWith('.d.ts') && (type === 'ExportDefaultDeclaration' || nameOf(exported) === 'default')
        ? 'has a default export'
        : undefined,
  ),
  {
    name: 'files are in kebab-case',
    reason: 'a file is named for what it exports, in one way on every file system',
    breaches: ({ sources }) =>
      sources
        .map(({ path }) => path)
        .filter(
          (path) => !path.split('/').every((part) => /^[a-z0-9]+(-[a-z0-9]+)*((\.d)?\.ts)?$/.test(part)),
        ),
  },
  {
    name: 'no barrel files',
    reason: 'every import says where a thing lives',
    breaches: ({ sources }) =>
      sources
        .filter(
          ({ statements, path }) =>
            path.endsWith('/index.ts') || (statements.length > 0 && statements.every(reexports)),
        )
        .map(({ path }) => path),
  },
  {
    name: 'no drawers',
    reason: 'the tree is the first diagram: a folder says what it is about',
    breaches: ({ sources }) =>
      sources
        .map(({ path }) => path)
        .filter((path) => /\/(utils?|helpers?|lib|common|misc|shared)[/.]/.test(path)),
  },
];

function reexports({ type, source }: Syntax): boolean {
  return (
    type === 'ExportAllDeclaration' ||
    (type === 'ExportNamedDeclaration' && source !== null && source !== undefined)
  );
}
