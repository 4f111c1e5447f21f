import { type House, roomOf } from './house.ts';
import { noCycles } from './walls/cycles.ts';

export interface Structure {
  /** The entries of `src`; a folder and the file of the same name are one. */
  readonly rooms: number;
  /** The longest chain of rooms in which each imports from the next. */
  readonly floors: number;
  /** Pairs of rooms of which one imports from the other, types included. */
  readonly arrows: number;
  /** The cycles among files. */
  readonly cycles: number;
  readonly files: number;
  /** The lines of source files. */
  readonly lines: {
    readonly all: number;
    readonly median: number;
    readonly p90: number;
    readonly max: number;
  };
}

export function structureOf(house: House): Structure {
  const { sources, target } = house;
  const arrows = new Map<string, Set<string>>(sources.map(({ path }) => [roomOf(path), new Set<string>()]));
  for (const source of sources) {
    for (const { specifier } of source.imports) {
      const to = target(source, specifier);
      const room = roomOf(to);
      if (to.startsWith('src/') && room !== roomOf(source.path) && arrows.has(room))
        arrows.get(roomOf(source.path))?.add(room);
    }
  }
  const sizes = sources.map(({ lines }) => lines).sort((one, other) => one - other);
  const part = (share: number) => sizes[Math.ceil(sizes.length * share) - 1] ?? 0;
  return {
    rooms: arrows.size,
    floors: longest(arrows),
    arrows: [...arrows.values()].reduce((sum, { size }) => sum + size, 0),
    cycles: noCycles.breaches(house).length,
    files: sources.length,
    lines: {
      all: sizes.reduce((sum, lines) => sum + lines, 0),
      median: part(0.5),
      p90: part(0.9),
      max: part(1),
    },
  };
}

/** Returns the length in rooms. An import back to a room of the same chain is skipped. */
function longest(arrows: ReadonlyMap<string, ReadonlySet<string>>): number {
  const known = new Map<string, number>();
  const from = (room: string, way: readonly string[]): number => {
    const done = known.get(room);
    if (done !== undefined) return done;
    const next = [...(arrows.get(room) ?? [])].filter((one) => !way.includes(one));
    const height = 1 + Math.max(0, ...next.map((one) => from(one, [...way, room])));
    known.set(room, height);
    return height;
  };
  return Math.max(0, ...[...arrows.keys()].map((room) => from(room, [])));
}
