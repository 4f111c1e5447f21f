import { isOperatorsApp } from '../issuance/consent/standing-scopes.ts';
import type { GivenConsent } from '../issuance/issuance.ts';
import type { Api } from '../issuance/registry/api.ts';
import type { AppAtConnection } from '../issuance/registry/app-at-connections-store.ts';
import type { StoredApp } from '../issuance/registry/app-store.ts';
import { after, type Clock, days } from '../kit/clock.ts';
import type { Text } from '../kit/locale.ts';
import { inBoth } from '../kit/localized.ts';
import type { AppUse } from '../reporting/uses-list-store.ts';
import type { AccountDeps } from './ports.ts';

/** An app that may use a linked account, or has used it, as the account page shows it. */
export interface AppOfAccount {
  readonly clientId: string;
  readonly title: Text;
  /** False: it has used the account, and may not any more. */
  readonly allowed: boolean;
  /** The person has allowed this app, and can withdraw that. */
  readonly withdrawable: boolean;
  /** Whether it may use the account while the person is away, and who allowed that. */
  readonly away: 'no' | 'by consent' | 'by operator';
  /** The app belongs to the operator, so its users are not asked. */
  readonly ownApp: boolean;
  /** The names of the APIs that may use the account on behalf of the app. */
  readonly through: readonly string[];
  /** The app may use the account itself. */
  readonly direct: boolean;
  /** Undefined: it has not used the account. */
  readonly use: AppUse | undefined;
}

/** The apps of a person, from which the cards of all linked accounts are made. */
export interface KnownApps {
  readonly consents: readonly GivenConsent[];
  /** The policies of apps whose users may not have been asked. */
  readonly policies: readonly AppAtConnection[];
  readonly uses: readonly AppUse[];
  readonly named: ReadonlyMap<string, Pick<StoredApp, 'name' | 'displayName' | 'firstParty' | 'apis'>>;
  /** The APIs of these apps, by identifier. */
  readonly apis: ReadonlyMap<string, Api>;
  /** The identifier of the broker's own API. */
  readonly broker: string;
  /** The setting BACKGROUND_CONSENT. */
  readonly backgroundConsent: 'operator' | 'required';
  readonly clock: Clock;
}

/** An app that may not use the account any more is shown for this long after its last use. */
const formerFor = days(30);

/** Reads consents, policies and uses, each with one query whatever the number of accounts. */
export async function readKnownApps(
  { issuer, issuance, uses, clock, backgroundConsent = 'operator' }: AccountDeps,
  userId: string,
  connectionIds: readonly string[],
): Promise<KnownApps> {
  const [consents, policies, used] = await Promise.all([
    issuance.consents(userId),
    issuance.apps.atConnections(connectionIds),
    uses.ofUser(userId),
  ]);
  const ids = new Set([
    ...used.map(({ appId }) => appId),
    ...consents.map(({ clientId }) => clientId),
    ...policies.map(({ id }) => id),
  ]);
  const apps = await Promise.all([...ids].map(issuance.apps.stored));
  const named = new Map(apps.flatMap((app) => (app ? [[app.id, app] as const] : [])));
  const broker = `${issuer}/v1`;
  const identifiers = new Set([
    ...consents.flatMap(({ resources }) => Object.keys(resources)),
    ...apps.flatMap((app) => (app?.firstParty ? app.apis : [])),
  ]);
  identifiers.delete(broker);
  const found = await Promise.all([...identifiers].map(issuance.apis.byIdentifier));
  const apis = new Map(found.flatMap((api) => (api ? [[api.identifier, api] as const] : [])));
  return { consents, policies, uses: used, named, apis, broker, backgroundConsent, clock };
}

export interface AccountRef {
  readonly identityId: string;
  readonly connectionId: string;
  readonly alias: string;
}

/**
 * Returns the apps of one account: those with a consent, those in the background, the operator's own, and those that have used
 * it of late.
 */
export function appsOfAccount(known: KnownApps, { identityId, connectionId, alias }: AccountRef) {
  const policies = known.policies.filter((line) => line.connectionId === connectionId);
  const uses = known.uses.filter((use) => use.identityId === identityId);
  const found = new Map<string, AppOfAccount>();
  const add = (app: Pick<AppOfAccount, 'clientId'> & Partial<AppOfAccount>, name: string) => {
    if (found.has(app.clientId)) return;
    const use = uses.find(({ appId }) => appId === app.clientId);
    const through = apisThrough(known, app.clientId, { connectionId, alias });
    const rest = { allowed: true, withdrawable: false, away: 'no', ownApp: false, direct: true } as const;
    const defaults = { ...rest, through };
    found.set(app.clientId, { ...defaults, ...app, title: titleOf(known, app.clientId, name), use });
  };
  const awayOf = (line: AppAtConnection | undefined) => {
    if (!line?.background) return 'no';
    return isAllowedByOperator(line, known) ? 'by operator' : 'by consent';
  };

  for (const { clientId, appName, scopes, resources } of known.consents) {
    if (!scopes.includes(`idp:${alias}`)) continue;
    const line = policies.find(({ id }) => id === clientId);
    const ownApp = known.named.get(clientId)?.firstParty ?? false;
    const away = awayOf(line);
    // The operator's own app needs no consent but for the background, so a withdrawal would keep nothing from it.
    const withdrawable = !ownApp || away === 'by consent';
    const direct = resources[known.broker]?.includes(`idp:${alias}`) ?? false;
    add({ clientId, withdrawable, away, ownApp, direct }, appName);
  }
  for (const line of policies) {
    const away = awayOf(line);
    if (away !== 'by operator' && !line.firstParty) continue;
    const shown = away === 'by operator' ? away : 'no';
    add({ clientId: line.id, away: shown, ownApp: line.firstParty }, line.name);
  }
  const recently = after(known.clock.now(), -formerFor);
  for (const { appId, lastAt } of uses) {
    const app = known.named.get(appId);
    if (!app || lastAt <= recently) continue;
    const allowed = apisThrough(known, appId, { connectionId, alias }).length > 0;
    add({ clientId: appId, allowed, direct: !allowed, ownApp: app.firstParty }, app.name);
  }
  return [...found.values()];
}

/** Returns the names of the APIs that may use accounts of a connection on behalf of an app, by the consent or without. */
function apisThrough(
  { apis, consents, named }: KnownApps,
  appId: string,
  { connectionId, alias }: Pick<AccountRef, 'connectionId' | 'alias'>,
): readonly string[] {
  const { resources = {} } = consents.find(({ clientId }) => clientId === appId) ?? {};
  const app = named.get(appId);
  return [...apis.values()]
    .filter(({ identifier, connections, firstPartySkipsConsent }) => {
      if (!connections.some((line) => line.connectionId === connectionId)) return false;
      const isWaived = app?.firstParty && firstPartySkipsConsent && app.apis.includes(identifier);
      return isWaived || resources[identifier]?.includes(`idp:${alias}`);
    })
    .map(({ name }) => name);
}

/** Returns the name of an app on pages. `name`: its other name, for an app that is not known. */
export function titleOf({ named }: Pick<KnownApps, 'named'>, clientId: string, name: string): Text {
  return inBoth(named.get(clientId)?.displayName, { en: name, zh: name });
}

/** Returns whether the operator alone lets the app use accounts while people are away. */
export function isAllowedByOperator(
  app: Pick<AppAtConnection, 'firstParty' | 'type'>,
  { backgroundConsent = 'operator' }: Pick<AccountDeps, 'backgroundConsent'>,
): boolean {
  return backgroundConsent === 'operator' && isOperatorsApp(app);
}
