import type { AgentPair } from '../agents/ports.ts';
import { agentsResource } from '../agents/resource.ts';
import type { GivenConsent } from '../issuance/issuance.ts';
import type { StoredApp } from '../issuance/registry/app-store.ts';
import type { AccountDeps } from './ports.ts';

/** An agent's client, as far as the person has to do with it. */
export interface AgentOfPerson {
  readonly app: StoredApp;
  /** Undefined: there is no consent, or no longer. */
  readonly allowedAt: Date | undefined;
  readonly scopes: readonly string[];
}

type ListDeps = Pick<AccountDeps, 'issuance' | 'decisions' | 'issuer'>;

/**
 * Returns the agents of a person: clients with a consent for the agents' API, clients that no operator has registered, and
 * those with a permission or an open question.
 */
export async function agentsOf(
  { issuance, decisions, issuer }: ListDeps,
  userId: string,
): Promise<readonly AgentOfPerson[]> {
  const [consents, choices, waiting] = await Promise.all([
    issuance.consents(userId),
    decisions.permissions.choices(userId),
    decisions.approvals.waitingOf(userId),
  ]);
  const resource = agentsResource(issuer);
  const apps = await Promise.all(consents.map(({ clientId }) => issuance.apps.stored(clientId)));
  const known = consents.filter(
    ({ resources }, index) =>
      (resources[resource]?.length ?? 0) > 0 || (apps[index]?.registration ?? null) !== null,
  );
  const active = choices.filter(({ mode }) => mode !== 'stopped');
  const asking = waiting.filter(({ kind }) => kind === 'call');
  const ids = new Set([...known, ...active, ...asking].map(({ clientId }) => clientId));
  return await described({ issuance }, [...ids], consents);
}

/** Returns one client of a person as an agent: one of those, or another one that the person has let in. */
export async function agentOf(
  { issuance, decisions }: ListDeps,
  pair: AgentPair,
): Promise<AgentOfPerson | undefined> {
  const [consents, choices, ground] = await Promise.all([
    issuance.consents(pair.userId),
    decisions.permissions.choices(pair.userId, pair.clientId),
    decisions.permissions.groundOf(pair),
  ]);
  const hasConsent = consents.some(({ clientId }) => clientId === pair.clientId);
  if (!ground && !hasConsent && choices.length === 0) return undefined;
  const [found] = await described({ issuance }, [pair.clientId], consents);
  return found;
}

async function described(
  { issuance }: Pick<AccountDeps, 'issuance'>,
  ids: readonly string[],
  consents: readonly GivenConsent[],
): Promise<readonly AgentOfPerson[]> {
  const found = await Promise.all(
    ids.map(async (id) => {
      const app = await issuance.apps.stored(id);
      const consent = consents.find(({ clientId }) => clientId === id);
      return app && !app.removedAt ? [{ app, allowedAt: consent?.at, scopes: consent?.scopes ?? [] }] : [];
    }),
  );
  return found.flat();
}
