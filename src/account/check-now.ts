import { createCache } from '../kit/cache.ts';
import { minutes } from '../kit/clock.ts';
import type { Vault } from '../vault/vault.ts';
import { findMine } from './mine.ts';
import type { Notice } from './notices.ts';
import type { AccountDeps } from './ports.ts';
import type { Visit } from './step.ts';

const oncePer = minutes(1);
const mostRemembered = 10_000;

type Answer = NonNullable<Awaited<ReturnType<Vault['check']>>>;

const notices: Record<Answer, Notice> = {
  alive: 'checked_alive',
  dead: 'checked_dead',
  asked: 'checked_asked',
  unknown: 'checked_unknown',
};

/** Returns the act that asks the provider whether an account still works: at most once a minute in each process. */
export function createCheckNow(deps: AccountDeps): (visit: Visit) => Promise<string> {
  const { vault, events, clock } = deps;
  const checked = createCache<true>({ max: mostRemembered, expiry: { ttl: oncePer, clock } });
  return async ({ request, user }) => {
    const { identity, connection } = await findMine(deps, user.id, request.params.id);
    const page = (notice: Notice) => `/account/identities/${identity.id}?notice=${notice}`;
    if (checked.has(identity.id)) return page('checked_lately');
    checked.set(identity.id, true);
    const { id: identityId, subject } = identity;
    const about = { userId: user.id, identityId, connection: connection.alias };
    await events.record({ type: 'token.refresh_requested', ...about });
    const state = await vault.check({ identityId, userId: user.id, subject, connection });
    return page(state ? notices[state] : 'checked_nothing');
  };
}
