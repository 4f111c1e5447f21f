import type { Decisions } from '../agents/decisions.ts';
import type { Agreements } from '../identities/agreements-store.ts';
import type { Identities, Identity, User } from '../identities/identities.ts';
import type { Issuance } from '../issuance/issuance.ts';
import type { EventStore } from '../kit/events/event-store.ts';
import type { Connections } from '../login/connections.ts';
import type { Uses } from '../reporting/uses.ts';
import type { Vault } from '../vault/vault.ts';

/** The data that the broker has about a person, as JSON in parts. It has no token, code or secret. */
export type PersonalData = (user: User) => AsyncGenerator<string>;

export interface PersonalDataDeps {
  readonly identities: Pick<Identities, 'allOfUser'>;
  readonly connections: Pick<Connections, 'all'>;
  readonly vault: Pick<Vault, 'health'>;
  readonly issuance: Pick<Issuance, 'consents' | 'sessions'>;
  readonly uses: Pick<Uses, 'ofUser'>;
  readonly decisions: Pick<Decisions, 'permissions' | 'approvals'>;
  readonly agreements: Pick<Agreements, 'of'>;
  readonly eventStore: Pick<EventStore, 'list'>;
}

const eventsAtOnce = 500;
/** More events than that are left out, the oldest ones. */
const mostEvents = 50_000;

export function createPersonalData(deps: PersonalDataDeps): PersonalData {
  const { identities, connections, vault, issuance, uses, decisions, agreements, eventStore } = deps;

  async function readIdentities(mine: readonly Identity[]) {
    const all = new Map((await connections.all()).map((connection) => [connection.id, connection]));
    const pairs = mine.flatMap((identity) => {
      const connection = all.get(identity.connectionId);
      return connection ? [{ id: identity.id, connection }] : [];
    });
    const health = await vault.health(pairs);
    return mine.map((identity) => {
      const { tag: _tag, connectionId, userId: _userId, ...fields } = identity;
      const connection = all.get(connectionId);
      const names = { connection: connection?.alias, provider: connection?.connector.provider };
      return { ...names, ...fields, grant: health.get(identity.id) ?? null };
    });
  }

  /** Returns what the person lets agents do, and the calls that agents asked for lately. */
  async function readAgents(userId: string) {
    const [permissions, questions] = await Promise.all([
      decisions.permissions.choices(userId),
      decisions.approvals.ofUser(userId),
    ]);
    return {
      permissions: permissions.map(({ userId: _userId, ...choice }) => choice),
      questions: questions.map(({ userId: _userId, content, ...question }) => {
        const { reference: _reference, ...read } = content ?? {};
        return { ...question, ...read };
      }),
    };
  }

  /** The newest first. Another person behind an event is an operator, whose id is not the person's data. */
  async function* events(userId: string): AsyncGenerator<string> {
    let after: { at: Date; id: string } | undefined;
    for (let count = 0; count < mostEvents; count += eventsAtOnce) {
      const page = await eventStore.list({ limit: eventsAtOnce, after, filter: { userId: [userId] } });
      for (const [index, event] of page.entries()) {
        const { id, at, type, appId, connection, identityId, actorKind, actorId, address, detail } = event;
        const byPerson = actorId === userId;
        const actor = actorKind === 'person' && !byPerson ? 'operator' : actorKind;
        const shown = { id, at, type, app: appId, connection, identity: identityId, actor, detail };
        const comma = count + index > 0 ? ',' : '';
        yield `${comma}\n${JSON.stringify({ ...shown, ...(byPerson && { address }) })}`;
      }
      const last = page.at(-1);
      if (!last || page.length < eventsAtOnce) return;
      after = { at: last.at, id: last.id };
    }
  }

  return async function* (user) {
    const { id, name, picture, roles, disabledAt, createdAt, lastLoginAt } = user;
    const [linked, consents, agreed, sessions, used, agents] = await Promise.all([
      identities.allOfUser(id).then(readIdentities),
      issuance.consents(id),
      agreements.of(id),
      issuance.sessions.of(id),
      uses.ofUser(id),
      readAgents(id),
    ]);
    const profile = { id, name, picture, roles, disabledAt, createdAt, lastLoginAt };
    const parts = { profile, identities: linked, consents, agreements: agreed, sessions, uses: used, agents };
    yield '{\n"format": "symbolon-personal-data/1"';
    for (const [part, value] of Object.entries(parts))
      yield `,\n"${part}": ${JSON.stringify(value, null, 1)}`;
    yield ',\n"events": [';
    yield* events(id);
    yield ']\n}\n';
  };
}
