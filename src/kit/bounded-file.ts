import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';

/** Opening a named pipe waits for its writer, unless it is opened so. Windows has no such flag. */
export const withoutWaiting = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

export interface BoundedRead {
  /** Bytes. The rest of the file is left: a device has no size, and may have no end. */
  readonly most: number;
  /** Waits for the writer of a named pipe. */
  readonly waits?: boolean | undefined;
  /** Looks at the open file, which cannot be exchanged between the check and the read. */
  readonly check?: (file: Stats) => void;
}

/** Reads the beginning of a file. @throws the error of the system, or of the check */
export async function readBeginning(
  file: string,
  { most, waits = false, check }: BoundedRead,
): Promise<Buffer> {
  await using handle = await open(file, waits ? constants.O_RDONLY : withoutWaiting);
  check?.(await handle.stat());
  const bytes = Buffer.alloc(most);
  for (let length = 0; ; ) {
    const { bytesRead } = await handle.read(bytes, length, most - length);
    length += bytesRead;
    if (bytesRead === 0 || length === most) return bytes.subarray(0, length);
  }
}
