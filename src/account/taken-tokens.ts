import { platformTitle } from '../connectors/contract/names.ts';
import { momentTag, momentText, type Reader } from '../http/local-time.ts';
import type { Identity } from '../identities/identities.ts';
import type { GivenConsent } from '../issuance/issuance.ts';
import { type Html, html } from '../kit/html.ts';
import { fill, type Locale } from '../kit/locale.ts';
import { fillHtml, listed, sentences } from '../kit/phrases.ts';
import type { Connection } from '../login/connections.ts';
import type { AppUse } from '../reporting/uses-list-store.ts';
import type { Health } from '../vault/health.ts';
import { appTexts as texts } from './app-texts.ts';
import { manageLink } from './manage-link.ts';
import { accountName } from './names.ts';
import type { AccountDeps } from './ports.ts';
import type { SecondChoice } from './step-pages.ts';
import { takenTexts } from './use-texts.ts';

/** An account whose token an app may have taken. */
export interface UsedAccount {
  readonly identity: Identity;
  readonly connection: Connection;
  readonly health: Health;
  /** False: the app calls the provider through the broker, and never has the token itself. */
  readonly handedOut: boolean;
  /** Undefined: the app has not used the account. */
  readonly use: AppUse | undefined;
}

/** Returns the linked accounts with a stored token that the consent names: at one connection, or at all. */
export async function accountsUsedBy(
  { identities, connections, vault, issuance, uses }: AccountDeps,
  about: {
    readonly userId: string;
    readonly consent: GivenConsent;
    readonly connection: Connection | undefined;
  },
): Promise<readonly UsedAccount[]> {
  const { userId, consent, connection: only } = about;
  const [mine, all, policy, used] = await Promise.all([
    identities.ofUser(userId),
    connections.all(),
    issuance.apps.policyOf(consent.clientId),
    uses.ofUser(userId),
  ]);
  const named = all.filter(
    ({ id, alias }) => consent.scopes.includes(`idp:${alias}`) && (!only || id === only.id),
  );
  const pairs = mine.flatMap((identity) => {
    const connection = named.find(({ id }) => id === identity.connectionId);
    return connection ? [{ identity, connection }] : [];
  });
  const healthById = await vault.health(
    pairs.map(({ identity, connection }) => ({ id: identity.id, connection })),
  );
  return pairs.flatMap(({ identity, connection }) => {
    const health = healthById.get(identity.id);
    const handedOut = policy.get(connection.id)?.handout ?? true;
    const use = used.find((one) => one.identityId === identity.id && one.appId === consent.clientId);
    return health && health.state !== 'revoked' ? [{ identity, connection, health, handedOut, use }] : [];
  });
}

/** Returns a paragraph for each account: that no new token is given, and what is true of the last one that was taken. */
export function takenTokens(
  { clock }: Pick<AccountDeps, 'clock'>,
  about: { readonly accounts: readonly UsedAccount[]; readonly app: string; readonly reader: Reader },
): readonly Html[] {
  const { accounts, app, reader } = about;
  const { locale } = reader;
  return accounts.map((account) => {
    const { identity, connection, handedOut, use } = account;
    const platform = platformTitle(connection.connector)[locale];
    const names = { app, account: accountName(connection, identity, locale), platform };
    const until = use && endOfTaken(account, use);
    const sentence = () => {
      if (!handedOut) return takenTexts.proxied;
      if (!use) return takenTexts.never;
      if (!until) return takenTexts.endless;
      return until <= clock.now() ? takenTexts.ended : takenTexts.until;
    };
    const times = { taken: use?.lastAt, until: until ?? undefined };
    const inWords = (at: Date | undefined) => (at ? momentText(at, reader) : '');
    const values = { ...names, taken: inWords(times.taken), until: inWords(times.until) };
    const element = (value: string, name: string) => {
      const at = name === 'taken' || name === 'until' ? times[name] : undefined;
      return at ? momentTag(at, reader) : html`${value}`;
    };
    const said = fillHtml(sentence(), locale, values, element);
    return html`${sentences([fill(takenTexts.noNew, locale, names), ''], locale)}${said}`;
  });
}

/**
 * Returns the end of the last token that was taken; null: it has none. A token that was refreshed since ends no later than one
 * that was issued at the time of its retrieval, with the lifetime of the present one.
 */
function endOfTaken({ health, connection }: UsedAccount, { lastAt }: AppUse): Date | null {
  const { expiresAt, lastRefreshedAt } = health;
  if (expiresAt === null) return null;
  if (!lastRefreshedAt || lastRefreshedAt <= lastAt) return expiresAt;
  const observed = expiresAt.getTime() - lastRefreshedAt.getTime();
  const declared = (connection.connector.refresh.accessLifetime ?? 0) * 1000;
  return new Date(Math.min(expiresAt.getTime(), lastAt.getTime() + Math.max(observed, declared)));
}

export function canEndGrant({ connector, registration }: Connection): boolean {
  return connector.revoke !== undefined || registration.endpoints.revocation !== undefined;
}

/** Returns the second choice: to end the permission at the providers too, as far as they offer that. */
export function endings(accounts: readonly UsedAccount[], locale: Locale): SecondChoice | undefined {
  const titles = (some: readonly UsedAccount[]) =>
    listed([...new Set(some.map(({ connection }) => platformTitle(connection.connector)[locale]))], locale);
  const able = accounts.filter(({ connection }) => canEndGrant(connection));
  const unable = accounts.filter(({ connection }) => !canEndGrant(connection));
  const sentence = (text: (typeof texts)['endToo'], some: readonly UsedAccount[]) =>
    some.length === 0 ? [] : [fill(text, locale, { platform: titles(some) })];
  const words = [...sentence(texts.endToo, able), ...sentence(texts.cannotEnd, unable)];
  if (words.length === 0) return undefined;
  const ways = [...new Set(unable.map(({ connection }) => connection))].map(({ connector, registration }) =>
    manageLink(connector, registration.endpoints, locale),
  );
  const button = able.length > 0 ? fill(texts.endTooButton, locale, { platform: titles(able) }) : undefined;
  const explanation = html`${sentences(words, locale)} ${ways}`;
  return { explanation, value: 'provider', button };
}
