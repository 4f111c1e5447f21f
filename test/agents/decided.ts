import { randomBytes } from 'node:crypto';
import { createDecisions, type Decisions, type DecisionsDeps } from '../../src/agents/decisions.ts';
import { usualLimits } from '../../src/agents/limits.ts';
import type { AgentCall, AgentPair, StoredCallAsk } from '../../src/agents/ports.ts';
import type { ProxyRule } from '../../src/issuance/registry/proxy-rules.ts';
import { createEvents } from '../../src/kit/events/events.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { createLog } from '../../src/kit/log.ts';
import { type Visitor, visit } from '../account/visitor.ts';
import { createProxyApp } from '../retrieval/proxy-stage.ts';
import type { TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

/** A world whose keys another process of ours has too: the half of an agent's door that asks and uses approvals. */
export interface DecidedWorld {
  readonly world: World;
  readonly decisions: Decisions;
  /** A person who is signed in at the account page, and has let an agent use the Google account. */
  person(user: string, rules?: readonly ProxyRule[]): Promise<AgentOfPerson>;
}

export interface AgentOfPerson {
  readonly visitor: Visitor;
  readonly app: TestApp;
  readonly pair: AgentPair;
  readonly identityId: string;
  /** A write of a calendar entry. */
  call(change?: Partial<AgentCall>): AgentPair & AgentCall;
  ask(change?: Partial<StoredCallAsk>): StoredCallAsk;
}

const usualRules: readonly ProxyRule[] = [
  { methods: ['GET'], path: '/**' },
  { methods: ['POST', 'PUT', 'DELETE'], path: '/calendar/**' },
];

export async function createDecidedWorld(
  options: Partial<Pick<DecisionsDeps, 'brakes'>> = {},
): Promise<DecidedWorld> {
  const keys = [{ id: 'test', key: randomBytes(32) }];
  const world = await createWorld({ keys });
  const { broker, issuer, database, clock } = world;
  const { issuance, connections } = broker;
  const decisions = createDecisions({
    issuer,
    database,
    rowTags: await world.rowTags(),
    keyring: createKeyring(keys),
    connections,
    identities: broker.identities,
    issuance,
    events: createEvents(database.pool, createLog('silent')),
    clock,
    policyOf: async (clientId, id) => (await issuance.apps.policyOf(clientId)).get(id),
    brakes: usualLimits,
    ...options,
  });

  return {
    world,
    decisions,
    async person(user, rules = usualRules) {
      const app = await createProxyApp(world, { google: rules }, { handout: false });
      await app.signIn({ connection: 'google', user });
      const visitor = await visit(world, { connection: 'google', user });
      const { userId } = visitor;
      const [identity] = await broker.identities.ofUser(userId);
      const pair = { userId, clientId: app.clientId };
      const identityId = identity?.id ?? '';
      const call = (change: Partial<AgentCall> = {}) => ({
        ...pair,
        identityId,
        connection: 'google',
        method: 'POST' as const,
        path: '/calendar/v3/events',
        query: 'sendUpdates=none',
        headers: { 'content-type': 'application/json' },
        body: '{"summary":"Lunch"}',
        ...change,
      });
      const ask = ({ reason = 'Ada asked me to', ...change }: Partial<StoredCallAsk> = {}) => ({
        ...call(change),
        reason,
      });
      return { visitor, app, pair, identityId, call, ask };
    },
  };
}
