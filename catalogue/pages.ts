import type { Connector } from '../src/connectors/contract/contract.ts';
import { declarationOf } from './declaration.ts';
import type { Entry } from './entries.ts';
import { emailOf, protocolOf, refreshOf, revocationOf } from './words.ts';

/** Returns the page with the connector's declaration between its markers; undefined if it has no markers. */
export function withDeclaration(page: string, connector: Connector): string | undefined {
  return between('declaration', page, declarationOf(connector));
}

/** Returns the README with the list of providers between its markers. */
export function withNames(readme: string, entries: readonly Entry[]): string | undefined {
  const links = entries.map((entry) => `[${nameOf(entry, entries)}](${entry.page})`);
  return between('providers', readme, links.join(' ·\n'));
}

/** Returns the title, with the provider's id if several connectors of one provider share a title. */
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

/** Returns the text of `docs/providers/README.md`. */
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

\`npm run provider-pages\` writes this page from the connectors' declarations. Each provider's page says where to register, which
redirect URI to enter, which switches matter, what the tokens can do, and how they end. It also lists what has not been verified
against the live provider. A provider that is not listed here needs no code if it follows
[OpenID Connect](openid-connect.md), and otherwise [one file](../adding-a-provider.md).

With the option \`authorize_parameters\` a connection sends further parameters of the provider's own on the authorize request. They come
last. A parameter that the broker sets itself is refused when it is saved, and is not sent if it was stored earlier.

${table.join('\n')}
`;
}
