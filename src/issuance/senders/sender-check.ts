import { hash } from 'node:crypto';
import type { PresentedToken, PresentingRequest, SenderKeys } from '../../http/bearer.ts';
import type { ClientCertificates } from '../../http/client-certificate.ts';
import { proofAlgs } from '../../http/proof-algs.ts';
import { sentPath } from '../../http/sent-path.ts';
import { hashOf } from '../../kit/ids.ts';
import { Problem } from '../../kit/problem.ts';
import type { TokenBinding } from '../registry/token-binding.ts';
import type { DpopNonces } from './dpop-nonces.ts';
import { type CheckProof, namesIn, ProofFault } from './dpop-proof.ts';
import type { UsedProofStore } from './used-proof-store.ts';

/**
 * This inner room checks that the sender of a token holds the key that the token is bound to. Every door that accepts a
 * token of ours asks it, by way of `tokens/verify-access-token.ts`. It does not know who may use a token for which purpose.
 */
export interface Senders {
  /** Checks the sender of a token that is valid otherwise. Repeated checks of one request accept its proof. @throws Problem */
  check(presented: PresentedToken | string, bound: SenderKeys): Promise<void>;
  /** Returns the keys that a token request proves. The tokens that it gets are bound to them. @throws ProofFault */
  ofTokenRequest(request: PresentingRequest): Promise<SenderKeys>;
  /** Notes the proof of a request that oidc-provider has checked. Returns false where a door or an exchange has accepted it. */
  spend(request: Pick<PresentingRequest, 'headers'>): Promise<boolean>;
}

export interface SendersDeps {
  /** The origin of all addresses, without a trailing slash. */
  readonly issuer: string;
  readonly nonces: DpopNonces;
  readonly checkProof: CheckProof;
  readonly used: Pick<UsedProofStore, 'use'>;
  /** Undefined: no proxy passes certificates. */
  readonly certificates: ClientCertificates | undefined;
}

const otherKey = 'its key is not that of the token';
const algs = `algs="${proofAlgs.join(' ')}"`;

export function createSenders({ issuer, nonces, checkProof, used, certificates }: SendersDeps): Senders {
  /** The proofs of requests, by request: a request has one proof, which counts for all its checks. */
  const proven = new WeakMap<PresentingRequest, { readonly ath: string | undefined; readonly jkt: string }>();

  async function proofOf(request: PresentingRequest, ath: string | undefined, expected?: string) {
    const earlier = proven.get(request);
    if (earlier && earlier.ath === ath) return earlier.jkt;
    const { dpop } = request.headers;
    if (typeof dpop !== 'string') throw new ProofFault('there is none');
    const url = issuer + sentPath(request);
    const { jkt, jti, nonce } = proofOrNonce(request, () =>
      checkProof(dpop, { method: request.method, url, ath }),
    );
    // Only holders of a bound token get beyond, so that others cannot fill the table.
    if (expected !== undefined && jkt !== expected) throw new ProofFault(otherKey);
    if (!(await used.use(idOf(jkt, jti)))) throw new ProofFault('it was used before');
    if (nonce !== nonces.next()) request.res?.setHeader('DPoP-Nonce', nonces.next());
    proven.set(request, { ath, jkt });
    return jkt;
  }

  /** Offers a nonce where one is needed. */
  function proofOrNonce<Result>(request: PresentingRequest, work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      if (error instanceof ProofFault && error.code === 'use_dpop_nonce')
        request.res?.setHeader('DPoP-Nonce', nonces.next());
      throw error;
    }
  }

  async function checkKey({ token, by, request }: PresentedToken, jkt: string): Promise<void> {
    if (by === 'Bearer') throw needsProof();
    try {
      const proved = await proofOf(request, by === 'subject' ? undefined : hashOf(token), jkt);
      if (proved !== jkt) throw new ProofFault(otherKey);
    } catch (error) {
      throw error instanceof ProofFault ? faulty(error) : error;
    }
  }

  return {
    async check(presented, { jkt, x5t }) {
      if (typeof presented === 'string') {
        if (jkt !== undefined) throw needsProof();
        if (x5t !== undefined) throw needsCertificate();
        return;
      }
      // The API has authenticated in its own name. The holder of the token proved its key to that API.
      if (presented.by === 'received') return;
      if (jkt !== undefined) await checkKey(presented, jkt);
      else if (presented.by === 'DPoP')
        throw refused('This token is bound to no such key: send it as Bearer.');
      if (x5t !== undefined && certificates?.of(presented.request)?.x5t !== x5t) throw needsCertificate();
    },
    async ofTokenRequest(request) {
      return {
        ...(request.headers.dpop !== undefined && { jkt: await proofOf(request, undefined) }),
        x5t: certificates?.of(request)?.x5t,
      };
    },
    async spend({ headers: { dpop } }) {
      const names = typeof dpop === 'string' ? namesIn(dpop) : undefined;
      return names === undefined || (await used.use(idOf(names.jkt, names.jti)));
    },
  };
}

/** Returns the id of a proof, half of a hash, as PostgreSQL reads a UUID. */
function idOf(jkt: string, jti: string): string {
  return hash('sha256', `${jkt}.${jti}`, 'hex').slice(0, 32);
}

/** The token of RFC 8705 is a bearer token, with a certificate beside it. */
function needsCertificate(): Problem {
  return new Problem('invalid_token', {
    headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
    detail: 'This token is bound to a client certificate, which this connection does not have.',
  });
}

/** Returns the refusal of a token that an app or an API demands to be bound. */
export function notBound(demand: TokenBinding): Problem {
  const detail = 'The tokens of this app or API must be bound to a key.';
  if (demand !== 'mtls') return refused(detail);
  return new Problem('invalid_token', {
    headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
    detail,
  });
}

function needsProof(): Problem {
  return refused('This token is bound to a key: send it with the scheme DPoP.');
}

function refused(detail: string): Problem {
  const headers = { 'WWW-Authenticate': `DPoP error="invalid_token", ${algs}` };
  return new Problem('invalid_token', { headers, detail });
}

function faulty({ code, message }: ProofFault): Problem {
  const headers = { 'WWW-Authenticate': `DPoP error="${code}", ${algs}` };
  return new Problem(code, { headers, detail: `The DPoP proof is not accepted: ${message}.` });
}
