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
import type { Connection, Connections } from '../login/connections.ts';
import { type ActDeps, act } from './act.ts';
import { createRefusals, type Refusals, type RefusalsDeps } from './refusals.ts';
import type { SignalStore } from './signal-store.ts';
import { createVerifyJwt } from './verify-jwt.ts';

/** What providers tell us unasked, verified, acted on once. */
export interface Signals {
  /** @throws Problem for what is not the provider's, or not expected here. */
  receive(alias: string, request: SignalRequest): Promise<SignalAnswer>;
  /** Whether what a receipt was given for has been done; undefined: there is no such receipt. */
  done(alias: string, code: string): Promise<boolean | undefined>;
  readonly tellRefused: Refusals['tell'];
  /** Forgets messages that nobody repeats or asks about any longer. */
  prune(now: Date): Promise<number>;
}

export interface SignalsDeps extends ActDeps, RefusalsDeps {
  readonly issuer: string;
  readonly store: SignalStore;
  readonly connections: Pick<Connections, 'findNow'>;
  readonly identities: Pick<Identities, 'ofSubject'>;
  readonly outbound: Outbound;
  readonly log: Logger;
}

const keptFor = days(180);

export function createSignals(deps: SignalsDeps): Signals {
  const { issuer, store, connections, identities, clock } = deps;
  const refusals = createRefusals(deps);
  const verify = createVerifyJwt(deps);

  async function read(connection: Connection, request: SignalRequest): Promise<SignalReading> {
    const { connector, registration, alias } = connection;
    if (!connector.signals?.methods.includes(request.method)) throw new Problem('not_found');
    const verifyJwt = (token: string, expected: ExpectedJwt) => verify(connection, token, expected);
    try {
      return await connector.signals.read({ request, registration, now: clock.now(), verifyJwt });
    } catch (error) {
      const told = await refusals.note(alias);
      deps.log[told ? 'warn' : 'debug'](
        { err: error, connection: alias },
        'a message that came in a provider’s name was refused',
      );
      throw new Problem('invalid_request', { detail: 'This message is not the provider’s.' });
    }
  }

  /** Those the message speaks of: of this connection alone. */
  async function meant(connection: Connection, subject: string | undefined): Promise<readonly Identity[]> {
    if (subject === undefined) return [];
    const known = await identities.ofSubject(subject, [connection.id]);
    const issuers = issuersOf(connection.registration);
    return known.filter(({ issuer }) => issuers.includes(issuer));
  }

  return {
    async receive(alias, request) {
      const connection = await connections.findNow(alias);
      if (!connection) throw new Problem('not_found');
      const { signals, answer } = await read(connection, request);
      let code = '';
      for (const signal of signals) {
        const known = await meant(connection, signal.subject);
        // Of strangers nothing is kept, lest those who write to an address fill the database; who asks to be forgotten
        // is told of it all the same.
        const named = known.length > 0 || signal.subject === undefined;
        if (!named && signal.means.kind !== 'data-deletion') continue;
        const receipt = await store.open(connection.id, signal.id, clock.now());
        code ||= receipt.code;
        // A provider that got no answer in time sends again, also while we are at it; acting twice does no harm.
        if (receipt.done) continue;
        await act(deps, { connection, identities: known }, signal);
        await store.close(connection.id, signal.id, clock.now());
      }
      return answer({ code, url: `${issuer}/connections/${alias}/signals/${code}` });
    },
    tellRefused: refusals.tell,
    prune: (now) => store.prune(after(now, -keptFor)),
    async done(alias, code) {
      const connection = await connections.findNow(alias);
      return connection && (await store.isDone(connection.id, code));
    },
  };
}
