import type { Brandings } from '../http/branding.ts';
import type { Issuance } from '../issuance/issuance.ts';
import type { Events } from '../kit/events/events.ts';

export interface RemovedAppsDeps {
  readonly issuance: Pick<Issuance, 'deleteUnusedApps'> & {
    readonly apps: Pick<Issuance['apps'], 'deleteRemoved'>;
  };
  readonly branding: Pick<Brandings, 'remove'>;
  readonly events: Events;
}

/** Deletes the apps whose time for restoring is over, those that registered themselves for nothing, and their looks. */
export async function deleteRemovedApps({ issuance, branding, events }: RemovedAppsDeps): Promise<void> {
  for (const appId of [...(await issuance.apps.deleteRemoved()), ...(await issuance.deleteUnusedApps())]) {
    await branding.remove(appId);
    await events.record({ type: 'app.deleted', appId });
  }
}
