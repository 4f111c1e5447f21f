import type pg from 'pg';
import type { Clock } from '../kit/clock.ts';
import {
  bootstrapUsed,
  endedGrants,
  feedLag,
  gaveUp,
  lostGrants,
  misconfigured,
  oldSigningKey,
  pausedWebhooks,
  refreshFailures,
  restoredInDoubt,
  type Trouble,
} from './attention-list-store.ts';

/** Something that needs an admin, with the page of the console that shows it. */
export interface Attention {
  readonly kind: AttentionKind;
  /** Alias. */
  readonly connection: string | null;
  /** The reason of dead grants, or the id of the endpoint or key. */
  readonly about: string | null;
  readonly since: Date;
  readonly n: number;
  /** The number of which `n` is a part. */
  readonly of: number | null;
  readonly link: Link;
}

export interface Link {
  /** Below `/console`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

type Read = typeof misconfigured;
interface Kind {
  readonly read: Read;
  readonly link: (trouble: Trouble) => Link;
}

const to = (path: string, query: Link['query'] = {}): Link => ({ path, query });
const deadGrants = ({ connection, about }: Trouble) =>
  to('/identities', { connection, state: 'reauthorization_required', reason: about });

/** The kinds of trouble, the most urgent first. */
const kinds = {
  connection_misconfigured: {
    read: misconfigured,
    link: ({ connection }) => to(`/connections/${connection}`),
  },
  refresh_failing: {
    read: refreshFailures,
    link: ({ connection, since }) =>
      to('/events', { type: 'token.refresh_failed', connection, since: since.toISOString() }),
  },
  grants_lost: { read: lostGrants, link: deadGrants },
  grants_ended: { read: endedGrants, link: deadGrants },
  database_rewound: { read: restoredInDoubt, link: () => to('/events', { type: 'database.rewound' }) },
  counts_behind: { read: feedLag, link: ({ since }) => to('/events', { since: since.toISOString() }) },
  revocations_gave_up: {
    read: gaveUp,
    link: ({ connection }) => to('/leaving', { state: 'gave_up', connection }),
  },
  webhook_paused: { read: pausedWebhooks, link: ({ about }) => to(`/webhooks/${about}`) },
  signing_key_old: { read: oldSigningKey, link: () => to('/keys') },
  bootstrap_token_used: { read: bootstrapUsed, link: () => to('/events', { actor: 'bootstrap' }) },
} as const satisfies Record<string, Kind>;

export type AttentionKind = keyof typeof kinds;
export const attentionKinds = Object.keys(kinds) as [AttentionKind, ...AttentionKind[]];

/** Returns all that needs an admin now, the most urgent first. */
export async function readAttention(
  session: Pick<pg.ClientBase, 'query'>,
  clock: Clock,
): Promise<readonly Attention[]> {
  const now = clock.now();
  const found = await Promise.all(
    attentionKinds.map(async (kind) => {
      const { read, link }: Kind = kinds[kind];
      return (await read(session, now)).map((trouble) => ({
        ...trouble,
        kind,
        connection: trouble.connection || null,
        about: trouble.about || null,
        link: link(trouble),
      }));
    }),
  );
  return found.flat();
}
