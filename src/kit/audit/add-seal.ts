import { hashOfSeal, lineLength, noHash, type Seal, type SealSigner } from './seal.ts';
import type { Position, SealStore } from './seal-store.ts';

export interface NewSeal {
  readonly kind: Seal['kind'];
  readonly note?: Seal['note'];
  /** Default: none. */
  readonly lines?: Uint8Array;
  /** The position after the last event; default: that of the seal before. */
  readonly end?: Position;
}

/** Signs and stores the next seal. It runs within `alone` or `afterOthers` of the store. */
export async function addSeal(store: SealStore, signer: SealSigner, seal: NewSeal): Promise<void> {
  const { kind, note = {}, lines = new Uint8Array(), end } = seal;
  const last = await store.newest();
  const { now } = await store.horizon();
  const place = {
    seq: (last?.seq ?? 0n) + 1n,
    endTx: end?.tx ?? last?.endTx ?? '0',
    endId: end?.id ?? last?.endId ?? '',
  };
  const events = lines.length / lineLength;
  const unsigned = { ...place, kind, closedAt: now, events, lines, note, prev: last?.hash ?? noHash };
  const hash = hashOfSeal(unsigned);
  await store.add({ ...unsigned, hash, ...signer.sign(hash) });
}
