import { UpstreamError } from '../connectors/contract/failures.ts';
import type { NativeProof, ProofKind } from '../connectors/contract/native.ts';
import { nativeAudiencesOf } from '../connectors/contract/options.ts';
import type { Events } from '../kit/events/events.ts';
import type { Connection, Connections } from './connections.ts';
import type { CompletedSignIn } from './sign-in.ts';
import type { SpentProofs } from './spent-proof-store.ts';

/** Sign-in with a proof that an app received from a provider's SDK, without a browser. */
export interface NativeLogin {
  /** Returns the user's id. @throws NativeRefusal, Problem */
  signIn(alias: string, proof: NativeProof, appId: string): Promise<string>;
}

/** The reason for a refused sign-in, in OAuth's words. */
export class NativeRefusal extends Error {
  override readonly name = 'NativeRefusal';
  readonly code: 'invalid_request' | 'invalid_grant' | 'temporarily_unavailable';

  constructor(code: NativeRefusal['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
  }
}

export interface NativeLoginDeps {
  readonly connections: Pick<Connections, 'findNow'>;
  readonly spent: Pick<SpentProofs, 'spend'>;
  readonly events: Events;
  /** Finds or creates the user, and stores the tokens. */
  readonly onSignIn: (signIn: Omit<CompletedSignIn, 'resume'>) => Promise<{ readonly userId: string }>;
}

export function createNativeLogin({ connections, spent, events, onSignIn }: NativeLoginDeps): NativeLogin {
  async function refused(
    connection: Connection,
    appId: string,
    error: UpstreamError,
  ): Promise<NativeRefusal> {
    const { step, failure, code = null, status = null } = error;
    const detail = { step, failure: failure.kind, code, status, by: 'sdk' };
    // `unproven`: the event is rate limited, since any caller can cause it. Public apps need no secret, and may send an
    // invented profile token.
    const about = { connection: connection.alias, unproven: true, detail };
    await events.record({ type: 'login.failed', appId, ...about });
    if (failure.kind === 'misconfigured') await events.record({ type: 'connection.misconfigured', ...about });
    return refusalOf(error);
  }

  return {
    async signIn(alias, proof, appId) {
      const connection = await connections.findNow(alias);
      const problem = refusalReason(connection, proof.kind);
      if (problem !== undefined || !connection)
        throw new NativeRefusal('invalid_request', problem ?? notOffered);
      try {
        const { account, tokens, once } = await connection.upstream.signInByProof(proof);
        // `once` identifies a proof that counts once. Without it, the provider itself refuses a second use.
        if (once && !(await spent.spend(once)))
          throw new UpstreamError('exchange', { kind: 'code-spent' }, { code: usedBefore });
        const scopes = tokens?.scopes ?? connection.registration.scopes;
        const signIn = { connection, account, tokens: tokens && { ...tokens, scopes } };
        return (await onSignIn(signIn)).userId;
      } catch (error) {
        throw error instanceof UpstreamError ? await refused(connection, appId, error) : error;
      }
    },
  };
}

const usedBefore = 'used_before';

const notOffered = 'subject_issuer names no connection that takes this.';

/** Returns the reason why this connection does not accept this kind of proof. */
function refusalReason(connection: Connection | undefined, kind: ProofKind): string | undefined {
  if (!connection?.enabled || connection.purpose !== 'login') return notOffered;
  const { connector, registration } = connection;
  if (!connector.native?.kinds.includes(kind)) return notOffered;
  const audiences = nativeAudiencesOf(registration.options);
  if (audiences.length === 0)
    return 'The connection has no native_audience, so it takes nothing from an SDK.';
  // A code is redeemed in the name of the connection's own client.
  return kind === 'code' && !audiences.includes(registration.clientId)
    ? 'The native_audience of the connection does not list its own client id, for which codes are issued.'
    : undefined;
}

function refusalOf(error: UpstreamError): NativeRefusal {
  if (error.code === usedBefore)
    return new NativeRefusal(
      'invalid_grant',
      'This has signed a person in already; ask the SDK for another.',
      error,
    );
  switch (error.failure.kind) {
    case 'code-spent':
    case 'grant-dead':
      return new NativeRefusal(
        'invalid_grant',
        'The provider, or its signature, does not vouch for this.',
        error,
      );
    case 'rate-limited':
    case 'unavailable':
      return new NativeRefusal(
        'temporarily_unavailable',
        'The provider cannot be asked at the moment.',
        error,
      );
    default:
      return new NativeRefusal('invalid_grant', 'The provider did not confirm this.', error);
  }
}
