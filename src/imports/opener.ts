import type { Open, ReadUser } from './exported-user.ts';

/** The error for a secret that cannot be one of the product. The message has nothing of it. */
export class UnusableSecretError extends Error {
  override readonly name = 'UnusableSecretError';
}

/**
 * Reads the records until a token opens. Returns the reason if none does, so that an import with the wrong secret stops
 * before it writes. Returns undefined also if no token is encrypted.
 */
export async function whyNoneOpens(
  records: AsyncIterable<unknown>,
  { read, open, now }: { readonly read: ReadUser; readonly open: Open; readonly now: Date },
): Promise<string | undefined> {
  let reason: string | undefined;
  let opens = false;
  const trial: Open = (sealed) => {
    const opened = open(sealed);
    if ('unopened' in opened) reason ??= opened.unopened;
    else opens = true;
    return opened;
  };
  for await (const record of records) {
    try {
      read(record, { now, open: trial });
    } catch {
      // The run itself reports an odd record.
    }
    if (opens) return undefined;
  }
  return reason;
}
