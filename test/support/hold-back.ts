interface Hold {
  readonly on: string;
  /** Holds an answer back after the provider has done its work. */
  readonly after?: boolean;
  readonly times?: number;
}

type Control = (method: string, path: string, body?: Readonly<Record<string, unknown>>) => Promise<unknown>;

// Shorter than the broker's timeout for a provider.
const longest = 9000;

/** Holds the provider's answers back until the returned function is called. */
export async function holdBack(control: Control, name: string, hold: Hold): Promise<() => Promise<unknown>> {
  await control('POST', `${name}/faults`, { fault: 'none', delay_ms: longest, ...hold });
  return () => control('DELETE', `${name}/faults`);
}
