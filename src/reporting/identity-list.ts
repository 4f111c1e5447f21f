import type { Identities, Identity } from '../identities/identities.ts';
import { type Clock, monotonic } from '../kit/clock.ts';
import { isPlain } from '../kit/plain-text.ts';
import type { Connection, Connections } from '../login/connections.ts';
import type { Health } from '../vault/health.ts';
import type { Vault } from '../vault/vault.ts';
import { type IdentityFilter, type Sort, usualSort } from './identity-filter.ts';
import type { IdentityListStore, Use } from './identity-list-store.ts';
import type { IdentityQuestion, Position, Window } from './identity-question.ts';

type Part = Pick<Window, 'source' | 'ids' | 'connections'>;

interface Parts {
  /** The first one first. */
  readonly parts: readonly Part[];
  readonly common?: true;
}

interface Found {
  readonly rows: readonly Position[];
  readonly next: ListPosition | undefined;
  readonly stoppedAt?: Date;
}

/** The linked accounts of all people. */
export interface IdentityList {
  page(question: ListQuestion): Promise<IdentityPage>;
}

export interface ListQuestion {
  /** `aliases`: the connections; undefined: all. */
  readonly filter: Omit<IdentityFilter, 'connections' | 'ofFewConnections'> & {
    readonly aliases?: readonly string[] | undefined;
  };
  /** Default: an order that an index has for this filter. */
  readonly sort?: Sort | undefined;
  readonly limit: number;
  readonly after?: ListPosition | undefined;
}

/** The position of a page's end. It is of one order. */
export interface ListPosition extends Position {
  readonly sort: Sort;
  readonly source: Window['source'];
  /** The index has too many hits for the search, so that the next page need not ask it again. */
  readonly common?: true | undefined;
}

export interface IdentityPage {
  readonly items: readonly ListedIdentity[];
  /** Undefined: the list has ended. */
  readonly next: ListPosition | undefined;
  /** Set: the search has stopped here before the page was full. */
  readonly lookedBackTo?: Date | undefined;
}

export interface ListedIdentity {
  readonly identity: Identity;
  readonly connection: Connection;
  readonly health: Health | undefined;
  readonly userName: string | null;
  readonly uses: readonly Use[];
}

export interface IdentityListDeps {
  readonly store: IdentityListStore;
  readonly identities: Pick<Identities, 'byIds'>;
  readonly connections: Pick<Connections, 'all'>;
  readonly vault: Pick<Vault, 'health' | 'standingFacts'>;
  readonly clock: Clock;
  /** A search that finds more is looked for along the list instead, where a page is full soon. */
  readonly mostCandidates?: number;
}

/** The rows that the statements of one page examine after the first one, which examines as many as the page has. */
const windows = [500, 4_000, 4_000, 4_000, 4_000];
/** Milliseconds after which no further statement is sent. */
const longestSearch = 800;
const usualMost = 2_000;

export function createIdentityList(deps: IdentityListDeps): IdentityList {
  const { store, connections, vault, clock, mostCandidates = usualMost } = deps;

  async function partsOf(question: IdentityQuestion, after: ListPosition | undefined): Promise<Parts> {
    const { search, namesOnly = false } = question.filter;
    if (search === undefined) return { parts: await sortedParts(question) };
    const found = after?.common ? undefined : await store.find(search, namesOnly, mostCandidates + 1);
    if (found && found.length <= mostCandidates) return { parts: [{ source: 'among', ids: found }] };
    return { parts: await sortedParts(question), common: true };
  }

  async function sortedParts({ filter, sort, facts }: IdentityQuestion): Promise<readonly Part[]> {
    const { states, connections: ids } = filter;
    if (sort === 'since') {
      const moved = ids.filter((id) => facts[id] && facts[id].own !== facts[id].all);
      return moved.length > 0
        ? [{ source: 'ended' }, { source: 'moved', connections: moved }]
        : [{ source: 'ended' }];
    }
    if (sort !== 'linked' || states?.length !== 1) return [{ source: 'sorted' }];
    if (states[0] === 'refreshing') {
      // A lease is in no index, or each refresh would write to all of them twice. Its journal is written with it.
      const journalled = await store.journalled(mostCandidates + 1);
      return journalled.length > mostCandidates
        ? [{ source: 'sorted' }]
        : [{ source: 'among', ids: journalled }];
    }
    if (states[0] !== 'retrying') return [{ source: 'sorted' }];
    const unsure = await store.unsure(mostCandidates + 1);
    if (unsure.length > mostCandidates) return [{ source: 'sorted' }];
    const changed = (await store.withOtherClients(facts)).filter((id) => ids.includes(id));
    const among = { source: 'among', ids: unsure } as const;
    return changed.length > 0 ? [among, { source: 'other client', connections: changed }] : [among];
  }

  /** Returns a page of a search that every fourth account matches: an index would return too many to sort. */
  async function commonRows(
    question: IdentityQuestion,
    { limit, after }: Pick<ListQuestion, 'limit' | 'after'>,
  ): Promise<Found | undefined> {
    const { filter, sort } = question;
    if (filter.search === undefined || sort === 'since') return undefined;
    const window = { source: 'sorted', after, size: 4 * limit, limit: limit + 1 } as const;
    const { rows } = await store.examine(question, window);
    const last = rows[limit - 1];
    if (rows.length <= limit || !last) return undefined;
    return { rows: rows.slice(0, limit), next: { ...last, sort, source: 'sorted' } };
  }

  async function search(question: IdentityQuestion, { limit, after }: ListQuestion): Promise<Found> {
    const full = after?.common ? undefined : await commonRows(question, { limit, after });
    if (full) return full;
    const { parts, common } = await partsOf(question, after);
    const begun = Math.max(0, after ? parts.findIndex(({ source }) => source === after.source) : 0);
    const until = monotonic() + longestSearch;
    const rows: ListPosition[] = [];
    for (const part of parts.slice(begun)) {
      const placed = ({ at, id }: Position) => ({ at, id, sort: question.sort, source: part.source, common });
      let last: Position | undefined = part === parts[begun] ? after : undefined;
      let ended = false;
      for (const size of part.ids ? [part.ids.length + 1] : [limit + 1, ...windows]) {
        // One row more than asked for shows whether there is another page.
        const need = limit + 1 - rows.length;
        const seen = await store.examine(question, { ...part, after: last, size, limit: need });
        rows.push(...seen.rows.map(placed));
        if (rows.length > limit) return { rows: rows.slice(0, limit), next: rows[limit - 1] };
        ({ ended, last = last } = seen);
        if (ended || monotonic() > until) break;
      }
      if (!ended && last) return { rows, next: placed(last), stoppedAt: last.at };
    }
    return { rows, next: undefined };
  }

  async function describe(rows: readonly Position[], all: readonly Connection[]) {
    const ids = rows.map(({ id }) => id);
    const byId = new Map((await deps.identities.byIds(ids)).map((identity) => [identity.id, identity]));
    const listed = ids.flatMap((id) => {
      const identity = byId.get(id);
      const connection = all.find((one) => one.id === identity?.connectionId);
      return identity && connection ? [{ identity, connection }] : [];
    });
    const [health, names, uses] = await Promise.all([
      vault.health(listed.map(({ identity: { id }, connection }) => ({ id, connection }))),
      store.namesOf(listed.map(({ identity }) => identity.userId)),
      store.usesOf(ids),
    ]);
    return listed.map(({ identity, connection }) => ({
      identity,
      connection,
      health: health.get(identity.id),
      userName: names.get(identity.userId) ?? null,
      uses: uses.get(identity.id) ?? [],
    }));
  }

  return {
    async page(question) {
      const { aliases, ...rest } = question.filter;
      const all = await connections.all();
      const named = all.filter(({ alias }) => aliases?.includes(alias) ?? true);
      const filter = {
        ...rest,
        connections: named.map(({ id }) => id),
        ofFewConnections: aliases !== undefined,
      };
      if (named.length === 0 || !isPlain(filter.search ?? '')) return { items: [], next: undefined };
      const sort = question.sort ?? usualSort(filter);
      const facts = vault.standingFacts(named);
      const { rows, next, stoppedAt } = await search({ filter, sort, facts, now: clock.now() }, question);
      const items = (await describe(rows, named)).filter(({ health }) => agrees(health, filter));
      return { items, next, lookedBackTo: stoppedAt };
    },
  };
}

/**
 * Returns whether the health, for which the token set was opened, is what the filter asks for. The database finds rows by
 * copies of facts that are sealed.
 */
function agrees(health: Health | undefined, { states, reasons }: IdentityFilter): boolean {
  if (states && !(health && states.includes(health.state))) return false;
  return !reasons || (health?.reason !== null && health !== undefined && reasons.includes(health.reason));
}
