import type { House } from '../house.ts';
import type { Wall } from '../wall.ts';

export const noCycles: Wall = {
  name: 'no cycles, not even of types',
  reason: 'a file can be read after the files it imports',
  breaches: (house) => cyclesOf(graphOf(house)).map((cycle) => cycle.join(' → ')),
};

type Graph = ReadonlyMap<string, readonly string[]>;

function graphOf({ sources, target }: House): Graph {
  return new Map(
    sources.map((one) => [one.path, one.imports.map(({ specifier }) => target(one, specifier))]),
  );
}

/** Returns one cycle for each edge that closes one, found by a depth-first walk. */
function cyclesOf(graph: Graph): readonly (readonly string[])[] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const way: string[] = [];

  function walk(file: string): void {
    const seenAt = way.indexOf(file);
    if (seenAt >= 0) cycles.push([...way.slice(seenAt), file]);
    if (seenAt >= 0 || done.has(file)) return;
    way.push(file);
    for (const next of graph.get(file) ?? []) walk(next);
    way.pop();
    done.add(file);
  }

  for (const file of graph.keys()) walk(file);
  return cycles;
}
