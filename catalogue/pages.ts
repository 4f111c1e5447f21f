import type { Connector } from '../src/connectors/contract.ts';
import { declarationOf } from './declaration.ts';
import type { Entry } from './entries.ts';
import { emailOf, protocolOf, refreshOf, revocationOf } from './words.ts';

/** The page with the connector's declaration in its place; undefined where it has no such place. */
export function withDeclaration(page: string, connector: Connector): string | undefined {
  return between('declaration', page, declarationOf(connector));
}

/** The README with all providers named in their place. */
export function withNames(readme: string, entries: readonly Entry[]): string | undefined {
  const links = entries.map((entry) => `[${nameOf(entry, entries)}](${entry.page})`);
  return between('providers', readme, links.join(' ·\n'));
}

/** Several ways in at one provider have one title. */
function nameOf(
  { provider, connector: { title } }: Pick<Entry, 'provider' | 'connector'>,
  all: readonly Entry[],
) {
  const twins = all.filter(({ connector }) => connector.title.en === title.en);
  return twins.length > 1 ? `${title.en}: ${provider}` : title.en;
}

function between(marker: string, page: string, text: string): string | undefined {
  const [opening, closing] = [`<!-- ${marker} -->`, `<!-- /${marker} -->`];
  const [before, rest] = page.split(opening);
  const [, after] = rest?.split(closing) ?? [];
  if (before === undefined || after === undefined) return undefined;
  return `${before}${opening}\n\n${text}\n\n${closing}${after}`;
}

/** `docs/providers/README.md`. */
export function indexPage(entries: readonly Entry[]): string {
  const rows = entries.map(({ provider, connector }) => {
    const { title, signals, native } = connector;
    return [
      `[${nameOf({ provider, connector }, entries)}](${provider}.md)`,
      title.zh === title.en ? '' : title.zh,
      `\`${provider}\``,
      protocolOf(connector),
      refreshOf(connector),
      revocationOf(connector),
      emailOf(connector),
      native?.kinds.map((kind) => kind.replace('_', ' ')).join(', ') ?? '',
      signals ? 'yes' : '',
    ];
  });
  const heads = [
    'provider',
    '',
    'id',
    'protocol',
    'refresh',
    'revocation',
    'e-mail address',
    'SDK',
    'signals',
  ];
  const table = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `# Providers

Written by \`npm run provider-pages\` from what the connectors declare. Each page tells where to register, what redirect URI
to enter, which switches matter, what the tokens can do, how they end, and what has not been verified against the live
provider. One that is not listed: [OpenID Connect](openid-connect.md) without code, or [a file of its own](../adding-a-provider.md).

${table.join('\n')}
`;
}
