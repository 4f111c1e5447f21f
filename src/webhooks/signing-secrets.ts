import { z } from 'zod';
import type { Keyring } from '../kit/keys/keyring.ts';
import { openColumn, sealColumn } from '../kit/keys/sealed-column.ts';
import { Secret } from '../kit/secret.ts';

/** The signing secrets of an endpoint, sealed in one column. */
export interface SigningSecrets {
  seal(endpointId: string, secret: Secret): Sealed;
  /** Adds a new secret. The previous one also signs, until `until`. An earlier one than that is dropped. */
  rotate(endpointId: string, sealed: Uint8Array, next: { secret: Secret; until: Date }): Sealed;
  /** Returns the valid secrets, newest first. @throws UnreadableError */
  open(endpointId: string, sealed: Uint8Array, now: Date): readonly Secret[];
}

type Sealed = Uint8Array<ArrayBuffer>;

export const sealContext = (endpointId: string) => `webhook_endpoint:${endpointId}:secrets`;

const storedSecrets = z.array(z.object({ secret: z.string(), until: z.iso.datetime().nullable() })).min(1);

export function createSigningSecrets(keyring: Keyring): SigningSecrets {
  const read = (endpointId: string, sealed: Uint8Array) =>
    storedSecrets.parse(JSON.parse(openColumn(keyring, sealed, sealContext(endpointId))));
  const write = (endpointId: string, secrets: z.input<typeof storedSecrets>) =>
    sealColumn(keyring, JSON.stringify(secrets), sealContext(endpointId));

  return {
    seal: (endpointId, secret) => write(endpointId, [{ secret: secret.reveal(), until: null }]),
    rotate(endpointId, sealed, { secret, until }) {
      const [previous] = read(endpointId, sealed);
      const older = previous ? [{ secret: previous.secret, until: until.toISOString() }] : [];
      return write(endpointId, [{ secret: secret.reveal(), until: null }, ...older]);
    },
    open: (endpointId, sealed, now) =>
      read(endpointId, sealed)
        .filter(({ until }) => until === null || new Date(until) > now)
        .map(({ secret }) => new Secret(secret)),
  };
}
