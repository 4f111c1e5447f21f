import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { readBeginning, withoutWaiting } from './bounded-file.ts';

export interface SecretFileRules {
  /** Refuses a file that other users can read. */
  readonly production: boolean;
  /** Accepts a pipe too, as a shell's process substitution gives it to a command. */
  readonly pipes?: boolean | undefined;
}

/** Bytes. A list of a thousand keys has fewer; a device has no end. */
const mostBytes = 64 * 1024;

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
    const check = (access: Stats) => refuseUnfit(file, access, rules);
    return textOf(file, await readBeginning(file, { most: mostBytes + 1, waits: rules.pipes, check }));
  } catch (error) {
    throw explained(file, error);
  }
}

/** The same, at the start, before anything waits. @throws SecretFileError */
export function readSecretFileNow(file: string, rules: SecretFileRules): string {
  try {
    const handle = openSync(file, withoutWaiting);
    try {
      refuseUnfit(file, fstatSync(handle), rules);
      const bytes = Buffer.alloc(mostBytes + 1);
      let length = 0;
      for (let read = -1; read !== 0 && length < bytes.length; length += read)
        read = readSync(handle, bytes, length, bytes.length - length, null);
      return textOf(file, bytes.subarray(0, length));
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw explained(file, error);
  }
}

function textOf(file: string, bytes: Buffer): string {
  if (bytes.length <= mostBytes) return bytes.toString('utf8');
  throw new SecretFileError(`${file} is larger than 64 KiB`);
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

function refuseUnfit(file: string, access: Stats, { production, pipes = false }: SecretFileRules): void {
  // Reading it fails by itself, and its mode is not to blame.
  if (access.isDirectory()) return;
  if (!access.isFile() && !(pipes && access.isFIFO()))
    throw new SecretFileError(`${file} is no regular file`);
  if (!production || !isOpenToOthers(access, process.getuid?.())) return;
  const octal = (access.mode & 0o777).toString(8);
  throw new SecretFileError(`${file} is open to group or others (mode ${octal}); chmod 600 it`);
}

function explained(file: string, error: unknown): SecretFileError {
  if (error instanceof SecretFileError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return new SecretFileError(`${file} cannot be read (${code})`, { cause: error });
}
