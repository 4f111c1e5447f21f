import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { canonical, contentOf, type EventContent } from '../events/event-content.ts';
import { bytesOf, idOfBytes } from '../ids.ts';
import type { Keyring } from '../keys/keyring.ts';

/** An event with all its columns but the transaction's number, which a restored dump changes. */
export interface ChainedEvent extends EventContent {
  readonly at: Date;
  readonly mark: Uint8Array | null;
}

/** A link of the chain: the events of one minute. */
export interface Seal {
  readonly seq: bigint;
  readonly kind: SealKind;
  readonly closedAt: Date;
  readonly events: number;
  readonly lines: Uint8Array;
  /** The position in the feed after the last event. */
  readonly endTx: string;
  readonly endId: string;
  readonly note: Readonly<Record<string, unknown>>;
  /** The hash of the seal before. */
  readonly prev: Uint8Array;
  readonly hash: Uint8Array;
  readonly keyId: string;
  readonly signature: Uint8Array;
}

export type SealKind = 'events' | 'restored' | 'truncated' | 'removed';

/** The result of the mark's check at the time of the seal. A key that is removed later does not change it. */
export type Standing = 'marked' | 'unmarked' | 'forged';

export interface Line {
  /** The id of the event; undefined if it was none of ours. */
  readonly id: string | undefined;
  readonly standing: Standing;
  /** 16 bytes of SHA-256. */
  readonly digest: Buffer;
  /** The number of the line in its seal, from zero. */
  readonly place: number;
}

const standings: readonly Standing[] = ['unmarked', 'marked', 'forged'];
const oddId = 0x80;
const idLength = 16;
const digestLength = 16;
export const lineLength = 1 + idLength + digestLength;
/** The `prev` of the first seal. */
export const noHash: Uint8Array<ArrayBuffer> = new Uint8Array(32);

/** Returns the key of an event in the lines: the bytes of its id, or of a hash of an id that is none of ours. */
export function keyOf(id: string): string {
  return Buffer.from(bytesOf('evt', id) ?? sha256(id).subarray(0, idLength)).toString('latin1');
}

export function digestOf(event: ChainedEvent): Buffer {
  const mark = event.mark === null ? null : Buffer.from(event.mark).toString('hex');
  const text = canonical(['symbolon event 1', contentOf(event), event.at.toISOString(), mark]);
  return sha256(text).subarray(0, digestLength);
}

export function lineOf(event: ChainedEvent, standing: Standing): Uint8Array {
  const ours = bytesOf('evt', event.id) !== undefined;
  const flags = standings.indexOf(standing) | (ours ? 0 : oddId);
  return Buffer.concat([Buffer.of(flags), Buffer.from(keyOf(event.id), 'latin1'), digestOf(event)]);
}

/** Returns the lines by the key of their event. */
export function readLines(lines: Uint8Array): Map<string, Line> {
  const all = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  const read = new Map<string, Line>();
  for (let at = 0; at + lineLength <= all.length; at += lineLength) {
    const [flags = 0] = all.subarray(at, at + 1);
    const key = all.subarray(at + 1, at + 1 + idLength);
    read.set(key.toString('latin1'), {
      id: flags & oddId ? undefined : idOfBytes('evt', key),
      standing: standings[flags & ~oddId] ?? 'forged',
      digest: all.subarray(at + 1 + idLength, at + lineLength),
      place: read.size,
    });
  }
  return read;
}

/** Returns the hash of everything in the seal and of the seal before. */
export function hashOfSeal(seal: Omit<Seal, 'hash' | 'keyId' | 'signature'>): Uint8Array<ArrayBuffer> {
  const { seq, kind, closedAt, events, lines, endTx, endId, note, prev } = seal;
  const head = ['symbolon seal 1', String(seq), kind, closedAt.toISOString(), events, endTx, endId, note];
  const sums = [sha256(lines).toString('hex'), Buffer.from(prev).toString('hex')];
  return new Uint8Array(sha256(canonical([...head, ...sums])));
}

/** Signs seals with a key derived from the encryption keys, so that a writer of the database cannot. */
export interface SealSigner {
  sign(hash: Uint8Array): Pick<Seal, 'keyId' | 'signature'>;
  /** `unknown`: the seal was signed with a key that is not configured. */
  check(seal: Pick<Seal, 'hash' | 'keyId' | 'signature'>): 'valid' | 'invalid' | 'unknown';
}

export function createSealSigner(keyring: Pick<Keyring, 'derive'>): SealSigner {
  // Derived at each use, since the keys of a key service come and go.
  const keys = () => keyring.derive('audit seal').map((key) => ({ id: nameOf(key), key }));
  const codeOf = (key: Buffer, bytes: Uint8Array) => createHmac('sha256', key).update(bytes).digest();
  return {
    sign(bytes) {
      const [current] = keys();
      if (!current) throw new Error('a keyring needs at least one key');
      return { keyId: current.id, signature: new Uint8Array(codeOf(current.key, bytes)) };
    },
    check({ hash: bytes, keyId, signature }) {
      const known = keys().find(({ id }) => id === keyId);
      if (!known) return 'unknown';
      const right = codeOf(known.key, bytes);
      return signature.length === right.length && timingSafeEqual(right, signature) ? 'valid' : 'invalid';
    },
  };
}

/** Returns a name for a derived key, which several encryption keys and none of their ids may stand behind. */
function nameOf(key: Buffer): string {
  return createHmac('sha256', key).update('name').digest('hex').slice(0, 16);
}

function sha256(data: string | Uint8Array): Buffer {
  return hash('sha256', data, 'buffer');
}
