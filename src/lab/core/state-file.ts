import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { JWK } from 'jose';
import type { LedgerRecords } from './ledger-types.ts';

export interface ProfileState extends LedgerRecords {
  readonly keys: JWK[];
}

export type LabState = Record<string, ProfileState>;

/** Stores the lab's state across restarts, since the broker's database survives them too. */
export function createStateFile(path: string | undefined, collect: () => LabState) {
  let timer: NodeJS.Timeout | undefined;

  function save(): void {
    clearTimeout(timer);
    timer = undefined;
    if (path === undefined) return;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, JSON.stringify({ version: 1, profiles: collect() }), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  return {
    save,
    changed(): void {
      if (path === undefined) return;
      timer ??= setTimeout(save, 200);
      timer.unref();
    },
  };
}

export function loadState(path: string | undefined): LabState {
  if (path === undefined) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8')).profiles;
  } catch {
    // Without a readable file the lab starts empty.
    return {};
  }
}
