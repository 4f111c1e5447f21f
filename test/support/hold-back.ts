interface Hold {
  readonly on: string;
  /** Once the provider has done its work. */
  readonly after?: boolean;
  readonly times?: number;
}

type Control = (method: string, path: string, body?: Readonly<Record<string, unknown>>) => Promise<unknown>;

// Less than we wait for a provider.
const longest = 9000;

/** The provider takes its time until it is told to go on, by what this answers. */
export async function holdBack(control: Control, name: string, hold: Hold): Promise<() => Promise<unknown>> {
  await control('POST', `${name}/faults`, { fault: 'none', delay_ms: longest, ...hold });
  return () => control('DELETE', `${name}/faults`);
}
