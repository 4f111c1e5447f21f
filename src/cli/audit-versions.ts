import type { Finding } from '../kit/audit/finding.ts';
import type { ChainedEvent } from '../kit/audit/seal.ts';
import type { VersionStore } from '../vault/version-store.ts';

export interface Saves {
  see(event: ChainedEvent): void;
  /** Yields the entries that are older than their last save in the chain. */
  rolledBack(): AsyncGenerator<Finding>;
}

const entriesAtOnce = 1_000;

/** Collects the newest version of each entry from the events, about 100 bytes for each linked account. */
export function createSaves(entries: VersionStore): Saves {
  const newest = new Map<string, { readonly version: number; readonly event: string }>();
  return {
    see({ id, identityId, type, detail }) {
      const version = (detail as { readonly version?: unknown } | null)?.version;
      if (!type.startsWith('token.') || typeof identityId !== 'string' || typeof version !== 'number') return;
      if (version > (newest.get(identityId)?.version ?? 0)) newest.set(identityId, { version, event: id });
    },
    async *rolledBack() {
      for (let after = ''; ; ) {
        const page = await entries.after(after, entriesAtOnce);
        for (const { identityId, version } of page) {
          const known = newest.get(identityId);
          if (!known || known.version <= version) continue;
          const text = `the vault entry of ${identityId} has version ${version}, and was saved with version ${known.version}: an older row was put back`;
          yield { kind: 'rolled_back', event: known.event, text };
        }
        const last = page.at(-1);
        if (!last) return;
        after = last.identityId;
      }
    },
  };
}
