import { after, minutes } from '../../kit/clock.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { systemTime } from '../system-time.ts';

/** The limit on questions to one person by apps, at all processes together. */
export interface QuestionLimit {
  /** Returns whether the app may ask the person now, and counts it. */
  take(userId: string, clientId: string): Promise<boolean>;
}

/** The limits for one person, in ten minutes: of one app, and of all. */
const mostOfApp = 3;
const mostOfPerson = 10;
const period = minutes(10);

const kind = 'BackchannelQuestion';

/**
 * Returns the limit. Each question takes a numbered place for ten minutes, by a statement of which one concurrent caller wins. The requests
 * themselves cannot be counted: an app may let them end after a minute.
 */
export function createQuestionLimit(artifacts: Pick<ArtifactStore, 'putOverEnded' | 'drop'>): QuestionLimit {
  async function takePlace(name: string, most: number): Promise<string | undefined> {
    for (let place = 0; place < most; place += 1) {
      const id = `${name} ${place}`;
      const artifact = {
        payload: '{}',
        grantId: null,
        uid: null,
        accountId: null,
        clientId: null,
        expiresAt: after(systemTime(), period),
      };
      if (await artifacts.putOverEnded(kind, id, artifact)) return id;
    }
    return undefined;
  }

  return {
    async take(userId, clientId) {
      // That of the app comes first: an app that asks too often takes no places of others.
      const ofApp = await takePlace(`${userId} ${clientId}`, mostOfApp);
      if (ofApp === undefined) return false;
      if ((await takePlace(userId, mostOfPerson)) !== undefined) return true;
      await artifacts.drop(kind, ofApp);
      return false;
    },
  };
}
