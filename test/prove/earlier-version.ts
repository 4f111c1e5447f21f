import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import path from 'node:path';

/** An earlier version of the product, from its source. */
export interface EarlierVersion {
  readonly commit: string;
  readonly directory: string;
  /** The migrations that it does not know. */
  readonly lacks: readonly string[];
}

/** The error for a missing earlier version, with the remedy. */
export class NoEarlierVersion extends Error {}

const root = path.resolve(import.meta.dirname, '../..');
const migrations = 'prisma/migrations';

/** Checks a commit out next to this one; the default is the last one before the newest migration. */
export async function checkOutEarlier(
  wanted: string | undefined,
  place: { readonly directory: string; readonly opened: AsyncDisposableStack },
): Promise<EarlierVersion> {
  const commit = commitOf(wanted ?? (await beforeNewestMigration()));
  const directory = path.join(place.directory, 'earlier');
  git('worktree', 'add', '--detach', directory, commit);
  place.opened.defer(() => void git('worktree', 'remove', '--force', directory));
  await symlink(path.join(root, 'node_modules'), path.join(directory, 'node_modules'), 'dir');
  const prisma = path.join(root, 'node_modules/prisma/build/index.js');
  execFileSync(process.execPath, [prisma, 'generate'], { cwd: directory, stdio: 'ignore' });
  const known = new Set(readdirSync(path.join(directory, migrations)));
  return { commit, directory, lacks: here().filter((name) => !known.has(name)) };
}

const here = () => readdirSync(path.join(root, migrations)).sort();

async function beforeNewestMigration(): Promise<string> {
  const newest = here().at(-1);
  const added = git('log', '--diff-filter=A', '--format=%H', '--', `${migrations}/${newest}`).trim();
  if (added === '')
    throw new NoEarlierVersion(`${newest} is in no commit yet: commit it, or name a commit with --from.`);
  return `${added.split('\n').at(-1)}^`;
}

function commitOf(name: string): string {
  try {
    return git('rev-parse', '--verify', '--quiet', `${name}^{commit}`).trim();
  } catch {
    throw new NoEarlierVersion(
      `${name} is not in this clone${git('rev-parse', '--is-shallow-repository').trim() === 'true' ? ', which is shallow: git fetch --unshallow' : '.'}`,
    );
  }
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (args[0] === 'rev-parse' && args[1] === '--verify') throw error;
    const said = error instanceof Error ? error.message : String(error);
    throw new NoEarlierVersion(`There is no history here to take an earlier version from. ${said}`);
  }
}
