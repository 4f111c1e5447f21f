/** The relations between a provider's scopes. Without them, two scopes are equal when their names are. */
export interface ScopeCover {
  /** Returns the canonical name for each spelling that the provider accepts or returns. */
  readonly normal?: (scope: string) => string;
  /** Whether the wide scope allows all that the narrow one does. Both names are canonical, and they differ. */
  readonly includes?: (wide: string, narrow: string) => boolean;
  /** The scopes of the sign-in, which an answer may name or omit (canonical names). */
  readonly unnamed?: readonly string[];
  /**
   * Whether the wanted name stands for a set of scopes that answers list, and this granted one is in it (canonical
   * names).
   */
  readonly partOf?: (whole: string, granted: string) => boolean;
}

/** The part of a connector that is read here. */
interface Scopes {
  readonly scopes: {
    readonly synonyms?: Readonly<Record<string, string>>;
    readonly cover?: ScopeCover;
  };
}

/** Returns the connector's name for a scope. A table has names such as `constructor` by inheritance only. */
export function synonymOf({ synonyms = {} }: Scopes['scopes'], scope: string): string {
  return (Object.hasOwn(synonyms, scope) && synonyms[scope]) || scope;
}

/** Whether the granted scopes include the wanted one. */
export function covers(connector: Scopes, granted: readonly string[], wanted: string): boolean {
  return missingScopes(connector, granted, [wanted]).length === 0;
}

/** Returns the wanted scopes, by the names they were given, that the granted ones do not include. */
export function missingScopes(
  { scopes }: Scopes,
  granted: readonly string[],
  wanted: readonly string[],
): readonly string[] {
  if (wanted.length === 0) return wanted;
  const { normal = (scope: string) => scope, includes = () => false, unnamed = [] } = scopes.cover ?? {};
  const named = (scope: string) => normal(synonymOf(scopes, scope));
  const canonical = new Set(granted.map(named));
  return wanted.filter((scope) => {
    const narrow = named(scope);
    if (canonical.has(narrow) || unnamed.includes(narrow)) return false;
    return ![...canonical].some((wide) => includes(wide, narrow));
  });
}

/**
 * Returns the wanted scopes that an answer has not granted. Unlike `missingScopes`, a name for a whole set counts as
 * granted if the answer lists any scope of the set.
 */
export function ungrantedScopes(
  connector: Scopes,
  granted: readonly string[],
  wanted: readonly string[],
): readonly string[] {
  const { cover: { normal = (scope: string) => scope, partOf = () => false } = {} } = connector.scopes;
  const named = (scope: string) => normal(synonymOf(connector.scopes, scope));
  return missingScopes(connector, granted, wanted).filter(
    (scope) => !granted.some((one) => partOf(named(scope), named(one))),
  );
}

/** Each wide scope with those it includes. Scopes that these include in turn need not be repeated. */
export type ScopeTable = Readonly<Record<string, readonly string[]>>;

/** Returns the `includes` of a table, transitively. */
export function includesBy(table: ScopeTable): NonNullable<ScopeCover['includes']> {
  const reach = (wide: string, seen: Set<string>): Set<string> => {
    for (const narrow of Object.hasOwn(table, wide) ? (table[wide] ?? []) : []) {
      if (seen.has(narrow)) continue;
      seen.add(narrow);
      reach(narrow, seen);
    }
    return seen;
  };
  const all = new Map(Object.keys(table).map((wide) => [wide, reach(wide, new Set())]));
  return (wide, narrow) => all.get(wide)?.has(narrow) ?? false;
}
