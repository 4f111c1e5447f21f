import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

export interface SecretFileRules {
  /** Refuses a file that other users can read. */
  readonly production: boolean;
}

/** A secret's file that is missing, unreadable, or open to other users. The message has no content of the file. */
export class SecretFileError extends Error {
  override readonly name = 'SecretFileError';
}

interface FileAccess {
  readonly mode: number;
  /** The user id of the owner. */
  readonly uid: number;
}

/** Reads a secret, as secret mounts provide it. @throws SecretFileError */
export async function readSecretFile(file: string, rules: SecretFileRules): Promise<string> {
  try {
    await using handle: FileHandle = await open(file, 'r');
    // The check is of the open file, so that it cannot be exchanged between the check and the read.
    refuseOpen(file, await handle.stat(), rules);
    return await handle.readFile('utf8');
  } catch (error) {
    throw explained(file, error);
  }
}

/** The same, at the start, before anything waits. @throws SecretFileError */
export function readSecretFileNow(file: string, rules: SecretFileRules): string {
  try {
    const handle = openSync(file, 'r');
    try {
      refuseOpen(file, fstatSync(handle), rules);
      return readFileSync(handle, 'utf8');
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw explained(file, error);
  }
}

/**
 * Returns true if users other than the process and root can read or change the file. Kubernetes mounts a secret as a file
 * of root that the pod's group may read (`fsGroup`, mode 0440 or 0640), since a process that is not root could not read
 * mode 0400.
 */
export function isOpenToOthers({ mode, uid }: FileAccess, processUid: number | undefined): boolean {
  const groupReads = uid === 0 && processUid !== 0;
  return (mode & (groupReads ? 0o037 : 0o077)) !== 0;
}

function refuseOpen(file: string, access: FileAccess, { production }: SecretFileRules): void {
  if (!production || !isOpenToOthers(access, process.getuid?.())) return;
  const octal = (access.mode & 0o777).toString(8);
  throw new SecretFileError(`${file} is open to group or others (mode ${octal}); chmod 600 it`);
}

function explained(file: string, error: unknown): SecretFileError {
  if (error instanceof SecretFileError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return new SecretFileError(`${file} cannot be read (${code})`, { cause: error });
}
