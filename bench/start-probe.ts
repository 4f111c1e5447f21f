import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import v8 from 'node:v8';

// Loaded by `node --import` before the broker. On SIGUSR2 it writes what has been loaded and what the memory is for to the file
// of BENCH_PROBE.

/** The bytes of each module, by its address. */
const loaded = new Map<string, number>();

registerHooks({
  load(url, context, next) {
    const result = next(url, context);
    if (!url.startsWith('node:')) loaded.set(url, Buffer.byteLength(result.source?.toString() ?? ''));
    return result;
  },
});

const mebibytes = (bytes: number) => bytes / 2 ** 20;

process.on('SIGUSR2', () => {
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  const { malloced_memory: malloced } = v8.getHeapStatistics();
  const packages: Record<string, { modules: number; kilobytes: number }> = {};
  for (const [url, bytes] of loaded) {
    const name =
      /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? /\/(src\/[^/]+)/.exec(url)?.[1] ?? 'other';
    packages[name] ??= { modules: 0, kilobytes: 0 };
    packages[name].modules += 1;
    packages[name].kilobytes += bytes / 1024;
  }
  const memory = { rss, heapTotal, heapUsed, external, malloced };
  const answer = {
    ...Object.fromEntries(Object.entries(memory).map(([name, bytes]) => [name, mebibytes(bytes)])),
    modules: loaded.size,
    kilobytes: [...loaded.values()].reduce((sum, bytes) => sum + bytes, 0) / 1024,
    packages,
  };
  const file = process.env.BENCH_PROBE;
  if (file) writeFileSync(file, JSON.stringify(answer));
});
