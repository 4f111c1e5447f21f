/** How a provider's scopes relate to each other. Without it, two scopes are the same when their names are. */
export interface ScopeCover {
  /** Returns the one name for every spelling the provider takes and answers. */
  readonly normal?: (scope: string) => string;
  /** Whether the wide scope opens what the narrow one does. Both names are normal, and they differ. */
  readonly includes?: (wide: string, narrow: string) => boolean;
  /** Scopes of the sign-in and not of the access token, which an answer may name or leave out (normal names). */
  readonly unnamed?: readonly string[];
  /** Whether a granted scope is a part of what the wanted name stands for as a whole, and answers spell out (normal names). */
  readonly partOf?: (whole: string, granted: string) => boolean;
}

/** Of a connector. */
interface Scopes {
  readonly scopes: {
    readonly synonyms?: Readonly<Record<string, string>>;
    readonly cover?: ScopeCover;
  };
}

/** Whether a token that was granted these scopes may do what another scope stands for. */
export function covers(connector: Scopes, granted: readonly string[], wanted: string): boolean {
  return missingScopes(connector, granted, [wanted]).length === 0;
}

/** Returns those of the wanted scopes, by the names they were given, that the granted ones do not cover. */
export function missingScopes(
  { scopes }: Scopes,
  granted: readonly string[],
  wanted: readonly string[],
): readonly string[] {
  if (wanted.length === 0) return wanted;
  const { normal = (scope: string) => scope, includes = () => false, unnamed = [] } = scopes.cover ?? {};
  const named = (scope: string) => normal(scopes.synonyms?.[scope] ?? scope);
  const held = new Set(granted.map(named));
  return wanted.filter((scope) => {
    const narrow = named(scope);
    if (held.has(narrow) || unnamed.includes(narrow)) return false;
    return ![...held].some((wide) => includes(wide, narrow));
  });
}

/**
 * Returns those of the wanted scopes that an answer has not granted. As `missingScopes`, but a name for all that the
 * person has consented to is met by what the answer spells out of it.
 */
export function ungrantedScopes(
  connector: Scopes,
  granted: readonly string[],
  wanted: readonly string[],
): readonly string[] {
  const { synonyms, cover: { normal = (scope: string) => scope, partOf = () => false } = {} } =
    connector.scopes;
  const named = (scope: string) => normal(synonyms?.[scope] ?? scope);
  return missingScopes(connector, granted, wanted).filter(
    (scope) => !granted.some((one) => partOf(named(scope), named(one))),
  );
}

/** A wide scope, and those it includes; what these include in turn need not be repeated. */
export type ScopeTable = Readonly<Record<string, readonly string[]>>;

export function includesBy(table: ScopeTable): NonNullable<ScopeCover['includes']> {
  const reach = (wide: string, seen: Set<string>): Set<string> => {
    for (const narrow of table[wide] ?? []) {
      if (seen.has(narrow)) continue;
      seen.add(narrow);
      reach(narrow, seen);
    }
    return seen;
  };
  const all = new Map(Object.keys(table).map((wide) => [wide, reach(wide, new Set())]));
  return (wide, narrow) => all.get(wide)?.has(narrow) ?? false;
}
