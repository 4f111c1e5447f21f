import type { House } from '../house.ts';
import { importWall, type Wall } from '../wall.ts';

/** The inner rooms of a room, bottom up. A room without an entry has no order inside. */
const inner: Readonly<Record<string, readonly string[]>> = {
  kit: ['database', 'keys', 'events', 'audit'],
  connectors: ['contract', 'engine', 'providers', 'check'],
  vault: ['refresh', 'upstream-revocation'],
  issuance: [
    'registry',
    'admission',
    'keys',
    'revocation',
    'artifacts',
    'consent',
    'sessions',
    'senders',
    'tokens',
    'provider',
    'interactions',
  ],
};

interface Place {
  readonly room: string;
  /** Returns undefined for a file that is directly in its room. */
  readonly within: string | undefined;
}

function placeOf(path: string): Place | undefined {
  const [src, room = '', within, file] = path.split('/');
  if (src !== 'src' || !inner[room]) return undefined;
  return { room, within: file === undefined ? undefined : within };
}

export const innerRoomWalls: readonly Wall[] = [
  {
    name: 'an inner room imports only from inner rooms before it',
    reason: 'a room can be read bottom up, one inner room after the other',
    breaches: (house) => {
      const { sources, target } = house;
      const composing = composingFiles(house);
      return sources.flatMap((from) => {
        const place = placeOf(from.path);
        if (place?.within === undefined) return [];
        const order = inner[place.room] ?? [];
        return from.imports.flatMap(({ specifier, line, typeOnly }) => {
          const to = target(from, specifier);
          const other = placeOf(to);
          if (other?.room !== place.room || other.within === place.within) return [];
          const before = other.within !== undefined && order.indexOf(other.within);
          const allowed =
            before === false ? !composing.has(to) : before >= 0 && before < order.indexOf(place.within ?? '');
          return allowed ? [] : [`${from.path}:${line} imports ${to}${typeOnly ? ' (type)' : ''}`];
        });
      });
    },
  },
  importWall(
    "a provider's file imports the contract, never the engine",
    'a connector is data and a few functions; it can be read and tested without the machinery that runs it',
    ({ from, to }) =>
      from.path.startsWith('src/connectors/providers/') &&
      to.startsWith('src/') &&
      !/^src\/(connectors\/(contract|providers)|kit)\//.test(to),
  ),
  {
    name: 'connectors import kit alone, and of kit what reaches no database',
    reason: 'a connector is testable with the lab alone',
    breaches: (house) => {
      const reaching = reachesDatabase(house);
      return importWall(
        '',
        '',
        ({ room, to }) =>
          room === 'connectors' &&
          to.startsWith('src/') &&
          (!/^src\/(connectors|kit)\//.test(to) || reaching.has(to)),
      ).breaches(house);
    },
  },
  importWall(
    'contract and engine know no provider',
    'what holds for all providers does not depend on one',
    ({ from, to }) =>
      /^src\/connectors\/(contract|engine)\//.test(from.path) &&
      /^src\/connectors\/(providers\/|[^/]+$)/.test(to),
  ),
];

/** Files that reach the database, themselves or by files that they import. */
function reachesDatabase({ sources, target }: House): ReadonlySet<string> {
  const reaching = new Set<string>();
  for (let size = -1; size !== reaching.size; ) {
    size = reaching.size;
    for (const from of sources) {
      const to = from.imports.map(({ specifier }) => target(from, specifier));
      if (to.some((name) => /^(pg|pg-boss|@prisma\/.*|src\/generated\/.*)$/.test(name) || reaching.has(name)))
        reaching.add(from.path);
    }
  }
  return reaching;
}

/** Files directly in a room that import inner rooms, themselves or by another such file: they stand above them. */
function composingFiles({ sources, target }: House): ReadonlySet<string> {
  const above = new Set<string>();
  const flat = sources.filter(({ path }) => placeOf(path) && placeOf(path)?.within === undefined);
  for (let size = -1; size !== above.size; ) {
    size = above.size;
    for (const from of flat) {
      const room = placeOf(from.path)?.room;
      const reaches = from.imports.some(({ specifier }) => {
        const to = target(from, specifier);
        const place = placeOf(to);
        return place?.room === room && (place?.within !== undefined || above.has(to));
      });
      if (reaches) above.add(from.path);
    }
  }
  return above;
}
