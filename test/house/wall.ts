import { type House, roomOf } from './house.ts';
import type { Import, Source, Syntax } from './read-source.ts';

/** A rule of the house, checked on each source. */
export interface Wall {
  readonly name: string;
  readonly reason: string;
  /** A breach: its place, and its description. */
  breaches(house: House): readonly string[];
}

export interface ImportSeen extends Import {
  readonly from: Source;
  readonly room: string;
  /** A file or a package. */
  readonly to: string;
}

/** A wall against certain imports. */
export function importWall(name: string, reason: string, forbidden: (seen: ImportSeen) => boolean): Wall {
  const breaches = ({ sources, target }: House) =>
    sources.flatMap((from) =>
      from.imports
        .map((one) => ({ ...one, from, room: roomOf(from.path), to: target(from, one.specifier) }))
        .filter(forbidden)
        .map(({ line, to, typeOnly }) => `${from.path}:${line} imports ${to}${typeOnly ? ' (type)' : ''}`),
    );
  return { name, reason, breaches };
}

/**
 * A wall against certain code; `told` returns the description of a forbidden node, and undefined for any
 * other.
 */
export function codeWall(
  name: string,
  reason: string,
  told: (node: Syntax, source: Source) => string | undefined,
): Wall {
  const breaches = ({ sources }: House) =>
    sources.flatMap((source) => [
      ...new Set(
        source.nodes.flatMap((node) => {
          const what = told(node, source);
          return what === undefined ? [] : [`${source.path}:${source.lineOf(node)} ${what}`];
        }),
      ),
    ]);
  return { name, reason, breaches };
}
