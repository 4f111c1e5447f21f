import { issuersOf } from '../connectors/contract/registration.ts';
import type {
  ExpectedJwt,
  SignalAnswer,
  SignalReading,
  SignalRequest,
} from '../connectors/contract/signal.ts';
import type { Identities, Identity } from '../identities/identities.ts';
import { after, days } from '../kit/clock.ts';
import type { Logger } from '../kit/log.ts';
import type { Outbound } from '../kit/outbound.ts';
import { Problem } from '../kit/problem.ts';
import { actAs, system } from '../kit/request-context.ts';
import type { Connection, Connections } from '../login/connections.ts';
import { type CarryOutDeps, carryOut } from './carry-out.ts';
import { createRefusals, type Refusals, type RefusalsDeps } from './refusals.ts';
import type { SignalStore } from './signal-store.ts';
import { createVerifyJwt } from './verify-jwt.ts';

/**
 * The messages that providers send to the broker unasked: a grant was revoked, a person signed out, their data is to be
 * deleted. This room verifies a message by the connector's rules and carries it out once. It decides nothing about tokens or
 * users itself: it hands on to the vault, to issuance (sessions) and to `offboarding`, through ports.
 */
export interface Signals {
  /** @throws Problem not_found for an unknown connection or method */
  requireReceiver(alias: string, method: SignalRequest['method']): Promise<void>;
  /** @throws Problem not_found for an unknown connection or method, invalid_request for a message that is not authentic */
  receive(alias: string, request: SignalRequest): Promise<SignalAnswer>;
  /** Resolves to whether the message with this receipt code was carried out, or to undefined for an unknown code. */
  done(alias: string, code: string): Promise<boolean | undefined>;
  /** Writes the events of refused messages that are only counted yet. */
  readonly recordRefused: Refusals['record'];
  /** Deletes messages older than 180 days. Returns how many. */
  prune(now: Date): Promise<number>;
}

export interface SignalsDeps extends CarryOutDeps, RefusalsDeps {
  readonly issuer: string;
  readonly store: SignalStore;
  readonly connections: Pick<Connections, 'findNow'>;
  readonly identities: Pick<Identities, 'ofSubject'>;
  readonly outbound: Outbound;
  readonly log: Logger;
}

const retention = days(180);

export function createSignals(deps: SignalsDeps): Signals {
  const { issuer, store, connections, identities, clock } = deps;
  const refusals = createRefusals(deps);
  const verify = createVerifyJwt(deps);

  async function read(connection: Connection, request: SignalRequest): Promise<SignalReading> {
    const { connector, registration, alias } = connection;
    if (!connector.signals || !receives(connection, request.method)) throw new Problem('not_found');
    const verifyJwt = (token: string, expected: ExpectedJwt) => verify(connection, token, expected);
    try {
      return await connector.signals.read({ request, registration, now: clock.now(), verifyJwt });
    } catch (error) {
      const recorded = await refusals.count(alias);
      deps.log[recorded ? 'warn' : 'debug'](
        { err: error, connection: alias },
        'a message that came in a provider’s name was refused',
      );
      throw new Problem('invalid_request', { detail: 'This message is not the provider’s.' });
    }
  }

  /** Returns the identities at this connection with this subject; none for a signal without a subject. */
  async function identitiesOf(
    connection: Connection,
    subject: string | undefined,
  ): Promise<readonly Identity[]> {
    if (subject === undefined) return [];
    const known = await identities.ofSubject(subject, [connection.id]);
    const issuers = issuersOf(connection.registration);
    return known.filter(({ issuer }) => issuers.includes(issuer));
  }

  return {
    async requireReceiver(alias, method) {
      const connection = await connections.findNow(alias);
      if (!connection || !receives(connection, method)) throw new Problem('not_found');
    },
    async receive(alias, request) {
      const connection = await connections.findNow(alias);
      if (!connection) throw new Problem('not_found');
      const { signals, answer } = await read(connection, request);
      actAs(system);
      let code = '';
      for (const signal of signals) {
        const concerned = await identitiesOf(connection, signal.subject);
        // A message about an unknown subject is not stored, so callers cannot fill the database. A deletion request gets
        // its receipt all the same.
        const isUnknown = signal.subject !== undefined && concerned.length === 0;
        if (isUnknown && signal.means.kind !== 'data-deletion') continue;
        const receipt = await store.open(connection.id, signal.id, clock.now());
        code ||= receipt.code;
        // A provider repeats a message after a timeout. Carrying it out twice is harmless.
        if (receipt.done) continue;
        await carryOut(deps, { connection, identities: concerned }, signal);
        await store.close(connection.id, signal.id, clock.now());
      }
      return answer({ code, url: `${issuer}/connections/${alias}/signals/${code}` });
    },
    recordRefused: refusals.record,
    prune: (now) => store.prune(after(now, -retention)),
    async done(alias, code) {
      const connection = await connections.findNow(alias);
      return connection && (await store.isDone(connection.id, code));
    },
  };
}

function receives({ connector }: Connection, method: SignalRequest['method']): boolean {
  return connector.signals?.methods.includes(method) ?? false;
}
