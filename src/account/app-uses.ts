import { isOperatorsApp } from '../issuance/consent/standing-scopes.ts';
import type { GivenConsent } from '../issuance/issuance.ts';
import type { BackgroundApp } from '../issuance/registry/app-store.ts';
import { after, days } from '../kit/clock.ts';
import { createUseStore, type TokenUse } from '../kit/events/use-store.ts';
import type { AccountDeps } from './ports.ts';

/** An app that may use a linked account, or has used it, as the card of the account shows it. */
export interface AppOfAccount {
  readonly clientId: string;
  readonly appName: string;
  /** The person has allowed this app, and can withdraw that. */
  readonly withdrawable: boolean;
  /** Whether it may use the account while the person is away, and who allowed that. */
  readonly away: 'no' | 'by consent' | 'by operator';
  /** The app belongs to the operator, so its users are not asked. */
  readonly ownApp: boolean;
  readonly uses: AppUses | undefined;
}

/** The uses of the last 90 days. */
export interface AppUses {
  readonly lastAt: Date;
  readonly count: number;
  readonly away: number;
  /** The latest reasons that the app gave, without repetitions. */
  readonly reasons: readonly string[];
}

const lookBack = days(90);
const mostReasons = 3;

/** The apps of a person, from which the cards of all linked accounts are made. */
export interface KnownApps {
  readonly consents: readonly GivenConsent[];
  readonly background: readonly BackgroundApp[];
  readonly uses: readonly TokenUse[];
  readonly named: ReadonlyMap<string, { readonly name: string; readonly firstParty: boolean }>;
  /** The setting BACKGROUND_CONSENT. */
  readonly backgroundConsent: 'operator' | 'required';
}

/** Reads consents, policies and uses, each with one query whatever the number of accounts. */
export async function readKnownApps(
  { issuance, database, clock, backgroundConsent = 'operator' }: AccountDeps,
  userId: string,
  connectionIds: readonly string[],
): Promise<KnownApps> {
  const [consents, background, uses] = await Promise.all([
    issuance.consents(userId),
    issuance.apps.inBackground(connectionIds),
    createUseStore(database.pool).of(userId, after(clock.now(), -lookBack)),
  ]);
  const ids = [...new Set(uses.map(({ appId }) => appId))];
  const apps = await Promise.all(ids.map(issuance.apps.stored));
  const named = new Map(apps.flatMap((app) => (app ? [[app.id, app] as const] : [])));
  return { consents, background, uses, named, backgroundConsent };
}

interface AccountRef {
  readonly identityId: string;
  readonly connectionId: string;
  readonly alias: string;
}

/** Returns the apps of one account: those with a consent, those in the background, and the operator's own that used it. */
export function appsOfAccount(known: KnownApps, { identityId, connectionId, alias }: AccountRef) {
  const background = known.background.filter((app) => app.connectionId === connectionId);
  const uses = known.uses.filter((use) => use.identityId === identityId);
  const found = new Map<string, AppOfAccount>();
  const add = (app: Pick<AppOfAccount, 'clientId' | 'appName'> & Partial<AppOfAccount>) => {
    if (found.has(app.clientId)) return;
    const own = uses.filter(({ appId }) => appId === app.clientId);
    const defaults = { withdrawable: false, away: 'no', ownApp: false } as const;
    found.set(app.clientId, { ...defaults, ...app, uses: usesOf(own) });
  };
  const byOperator = (app: BackgroundApp) => isAllowedByOperator(app, known);

  for (const { clientId, appName, scopes } of known.consents) {
    if (!scopes.includes(`idp:${alias}`)) continue;
    const line = background.find(({ id }) => id === clientId);
    const away = line ? (byOperator(line) ? 'by operator' : 'by consent') : 'no';
    add({ clientId, appName, withdrawable: true, away, ownApp: line?.firstParty ?? false });
  }
  for (const app of background) {
    if (!byOperator(app)) continue;
    add({ clientId: app.id, appName: app.name, away: 'by operator', ownApp: app.firstParty });
  }
  for (const { appId } of uses) {
    const app = known.named.get(appId);
    if (app?.firstParty) add({ clientId: appId, appName: app.name, ownApp: true });
  }
  return [...found.values()];
}

/** Returns whether the operator alone lets the app use accounts while people are away. */
export function isAllowedByOperator(
  app: BackgroundApp,
  { backgroundConsent = 'operator' }: Pick<AccountDeps, 'backgroundConsent'>,
): boolean {
  return backgroundConsent === 'operator' && isOperatorsApp(app);
}

function usesOf(uses: readonly TokenUse[]): AppUses | undefined {
  const [latest] = uses;
  if (!latest) return undefined;
  const sum = (list: readonly TokenUse[]) => list.reduce((total, { count }) => total + count, 0);
  const reasons = new Set(uses.flatMap(({ reason }) => reason ?? []));
  return {
    lastAt: new Date(Math.max(...uses.map(({ lastAt }) => lastAt.getTime()))),
    count: sum(uses),
    away: sum(uses.filter(({ background }) => background)),
    reasons: [...reasons].slice(0, mostReasons),
  };
}
