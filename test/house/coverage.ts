/** Reads V8's call counts from another process, through its inspector. */
export interface Coverage {
  /** Returns the URLs of the scripts of which a function was called since the last take. */
  take(): Promise<readonly string[]>;
  close(): void;
}

interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
}

/** @param inspector the address that Node prints when it is started with `--inspect` */
export async function startCoverage(inspector: string): Promise<Coverage> {
  const socket = new WebSocket(inspector);
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id === undefined) return;
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error(`no inspector at ${inspector}`)));
  });
  let calls = 0;
  const call = (method: string, params?: object) =>
    new Promise<unknown>((resolve) => {
      calls += 1;
      waiting.set(calls, resolve);
      socket.send(JSON.stringify({ id: calls, method, params }));
    });
  await call('Profiler.enable');
  await call('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  return {
    async take() {
      const { result } = (await call('Profiler.takePreciseCoverage')) as {
        result: readonly ScriptCoverage[];
      };
      return result
        .filter(({ functions }) => functions.some(({ ranges }) => (ranges[0]?.count ?? 0) > 0))
        .map(({ url }) => url);
    },
    close: () => socket.close(),
  };
}
