import { createSigningKeyStore } from '../issuance/keys/signing-key-store.ts';
import { markSigningKeys } from '../issuance/keys/tagged-rows-mark.ts';
import { minutes } from '../kit/clock.ts';
import { olderProcessRuns } from '../kit/database/older-process-store.ts';
import type { Events } from '../kit/events/events.ts';
import { createRowTagKeyStore } from '../kit/keys/row-tag-key-store.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { Logger } from '../kit/log.ts';
import { repeat } from '../kit/repeat.ts';
import { writeFileAtomically } from '../kit/write-file-atomically.ts';
import { adoptAll, type RowTagsDeps, requiredMark } from './row-tags.ts';

export interface KeepRowTagsDeps extends RowTagsDeps {
  readonly rowTags: RowTags;
  readonly events: Events;
  readonly log: Logger;
}

/**
 * Ends the adoption of an upgraded database as soon as no older process writes to it, and keeps the marks that it has
 * ended. Runs in the background, at once and
 * then each minute. Returns a function that ends it.
 */
export function keepRowTags(deps: KeepRowTagsDeps): () => Promise<void> {
  let rounds = 0;
  return repeat(
    () => round(deps),
    () => (rounds++ === 0 ? 0 : minutes(1)),
    (error) => deps.log.error({ err: error }, 'the tags of the rows could not be looked after'),
  );
}

async function round(deps: KeepRowTagsDeps): Promise<void> {
  const { database, keyring, rowTags } = deps;
  if (rowTags.stage === 'required') return await mark(deps);
  const known = await createRowTagKeyStore(database.pool, keyring).read();
  // Another process has ended the adoption.
  if (known?.stage === 'required') {
    rowTags.require();
    return await mark(deps);
  }
  if (await olderProcessRuns(database.pool)) return;
  await requireRowTags(deps);
}

/** Tags all rows as they are, and refuses rows without a right tag from now on. Returns the number of adopted rows. */
export async function requireRowTags(deps: Omit<KeepRowTagsDeps, 'log'>): Promise<number> {
  const { database, keyring, rowTags, events } = deps;
  const store = createRowTagKeyStore(database.pool, keyring);
  const adopted = await adoptAll(database, rowTags);
  const known = await store.read();
  if (known) await store.setStage(known, 'required');
  rowTags.require();
  await mark(deps);
  await events.record({ type: 'database.rows_adopted', detail: { rows: adopted } });
  return adopted;
}

async function mark({ database, keyring, dataDirectory }: RowTagsDeps): Promise<void> {
  await markSigningKeys(createSigningKeyStore(database), keyring);
  if (dataDirectory !== undefined) await writeFileAtomically(requiredMark(dataDirectory), new Uint8Array());
}
