import { fullTitle } from '../connectors/contract/names.ts';
import { displayText } from '../http/display-text.ts';
import type { StoredApp } from '../issuance/registry/app-store.ts';
import type { Locale } from '../kit/locale.ts';
import { listed } from '../kit/phrases.ts';
import { agentTexts } from './agents-texts.ts';
import { accountName, appTitle } from './names.ts';
import type { AccountDeps } from './ports.ts';

/**
 * Returns the host by which a client is known: that of its metadata document, which proves it. An app that registered itself
 * otherwise chose its own addresses, which prove nothing. Those of other apps are the operator's word.
 */
export function domainOf(app: StoredApp, locale: Locale): string {
  const { registration, domain, homepage, redirectUris } = app;
  if (registration !== null) return displayText(domain) || agentTexts.unproven[locale];
  const places = homepage === null ? redirectUris : [homepage];
  const hosts = places.flatMap((place) => (URL.canParse(place) ? new URL(place) : []));
  const names = hosts.map(({ protocol, host, hostname }) => {
    const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
    return isLocal || !/^https?:$/.test(protocol) ? agentTexts.thisDevice[locale] : displayText(host);
  });
  return listed([...new Set(names)], locale) || agentTexts.unknownDomain[locale];
}

/** The names of clients and accounts in lines about agents. */
export interface AgentNames {
  readonly app: (id: string | null) => string;
  readonly account: (identityId: string | null, alias: string | null) => string;
}

/** Returns the names of a person's accounts and of these clients. */
export async function agentNames(
  { issuance, identities, connections }: Pick<AccountDeps, 'issuance' | 'identities' | 'connections'>,
  { userId, locale }: { readonly userId: string; readonly locale: Locale },
  clientIds: readonly (string | null)[],
): Promise<AgentNames> {
  const ids = [...new Set(clientIds.filter((id) => id !== null))];
  const [apps, mine, all] = await Promise.all([
    Promise.all(ids.map(issuance.apps.stored)),
    identities.allOfUser(userId),
    connections.all(),
  ]);
  return {
    app(id) {
      const app = apps.find((one) => one?.id === id);
      return app ? appTitle(app, locale) : agentTexts.former[locale];
    },
    account(identityId, alias) {
      const identity = mine.find(({ id }) => id === identityId);
      const connection = all.find(({ id, alias: own }) => id === identity?.connectionId || own === alias);
      if (identity && connection) return accountName(connection, identity, locale);
      return (connection && fullTitle(connection.connector)[locale]) ?? alias ?? '–';
    },
  };
}
