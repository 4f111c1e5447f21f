import { platformTitle } from '../connectors/contract/names.ts';
import type { Identity } from '../identities/identities.ts';
import type { GivenConsent } from '../issuance/issuance.ts';
import { type Html, html } from '../kit/html.ts';
import { fill, type Locale } from '../kit/locale.ts';
import { formatMoment } from '../kit/moment.ts';
import { listed, sentences } from '../kit/phrases.ts';
import type { Connection } from '../login/connections.ts';
import type { Health } from '../vault/health.ts';
import { appTexts as texts } from './app-texts.ts';
import { accountName } from './names.ts';
import type { AccountDeps } from './ports.ts';

/** An account whose token an app may have taken. */
export interface UsedAccount {
  readonly identity: Identity;
  readonly connection: Connection;
  readonly health: Health;
  /** False: the app calls the provider through the broker, and never has the token itself. */
  readonly handedOut: boolean;
}

/** Returns the linked accounts with a stored token that the consent names: at one connection, or at all. */
export async function accountsUsedBy(
  { identities, connections, vault, issuance }: AccountDeps,
  about: {
    readonly userId: string;
    readonly consent: GivenConsent;
    readonly connection: Connection | undefined;
  },
): Promise<readonly UsedAccount[]> {
  const { userId, consent, connection: only } = about;
  const [mine, all, policy] = await Promise.all([
    identities.ofUser(userId),
    connections.all(),
    issuance.apps.policyOf(consent.clientId),
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
    return health && health.state !== 'revoked' ? [{ identity, connection, health, handedOut }] : [];
  });
}

/** Returns a sentence for each account: until when a token that was taken works at the provider. */
export function takenTokens(
  { clock }: Pick<AccountDeps, 'clock'>,
  {
    accounts,
    app,
    locale,
  }: { readonly accounts: readonly UsedAccount[]; readonly app: string; readonly locale: Locale },
): readonly Html[] {
  return accounts
    .filter(({ handedOut }) => handedOut)
    .map(({ identity, connection, health: { expiresAt } }) => {
      const names = {
        app,
        account: accountName(connection, identity, locale),
        platform: platformTitle(connection.connector)[locale],
      };
      if (expiresAt === null) return html`${fill(texts.takenEndless, locale, names)}`;
      if (expiresAt <= clock.now()) return html`${fill(texts.takenEnded, locale, names)}`;
      return html`${fill(texts.takenUntil, locale, { ...names, time: formatMoment(expiresAt, locale) })}`;
    });
}

export function canEndGrant({ connector, registration }: Connection): boolean {
  return connector.revoke !== undefined || registration.endpoints.revocation !== undefined;
}

/** Returns the second choice: to end the permission at the providers too, as far as they offer that. */
export function endings(accounts: readonly UsedAccount[], locale: Locale) {
  const titles = (some: readonly UsedAccount[]) =>
    listed([...new Set(some.map(({ connection }) => platformTitle(connection.connector)[locale]))], locale);
  const able = accounts.filter(({ connection }) => canEndGrant(connection));
  const unable = accounts.filter(({ connection }) => !canEndGrant(connection));
  const sentence = (text: (typeof texts)['endToo'], some: readonly UsedAccount[]) =>
    some.length === 0 ? [] : [fill(text, locale, { platform: titles(some) })];
  const words = [...sentence(texts.endToo, able), ...sentence(texts.cannotEnd, unable)];
  if (words.length === 0) return undefined;
  const button = able.length > 0 ? fill(texts.endTooButton, locale, { platform: titles(able) }) : undefined;
  return { explanation: sentences(words, locale), value: 'provider', button };
}
