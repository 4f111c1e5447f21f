import type Provider from 'oidc-provider';
import type { Revoker } from '../sessions/revoker.ts';
import type { Origin } from '../sessions/session-origin-store.ts';
import { systemTime } from '../system-time.ts';
import { interactionGone } from './find-interaction.ts';

export type LoginFailure = 'access_denied' | 'server_error' | 'temporarily_unavailable';

export interface LoginCompletion {
  /**
   * Completes the interaction for a person who signed in at a provider `secondsAgo`. Returns the URL to continue at.
   * The person may be disabled since: the authorization that continues looks. @throws Problem when the interaction is not open any more
   */
  finishLogin(uid: string, user: SignedInUser, secondsAgo?: number): Promise<string>;
  /** Completes the interaction with an error for the app. Returns the URL to continue at. */
  failLogin(uid: string, error: LoginFailure): Promise<string>;
}

/** The user who has signed in, and where. */
export interface SignedInUser extends Origin {
  readonly userId: string;
}

export interface LoginCompletionDeps {
  readonly provider: () => Provider;
  readonly revoker: Pick<Revoker, 'endSession'>;
}

const descriptions: Record<LoginFailure, string> = {
  access_denied: 'the sign-in was cancelled',
  server_error: 'the sign-in at the provider failed',
  temporarily_unavailable: 'the provider cannot be reached',
};

export function createLoginCompletion({ provider, revoker }: LoginCompletionDeps): LoginCompletion {
  const openInteraction = async (uid: string) => {
    const interaction = await provider().Interaction.find(uid);
    if (!interaction || interaction.isExpired || interaction.prompt.name === 'consent')
      throw interactionGone();
    return interaction;
  };

  return {
    async finishLogin(uid, { userId, ...origin }, secondsAgo = 0) {
      const interaction = await openInteraction(uid);
      const { session } = interaction;
      if (session && session.accountId !== userId) {
        // Another person was signed in within this browser: that session ends, and the browser gets a new one.
        await revoker.endSession(session.uid);
        interaction.session = undefined;
      }
      // The time of the sign-in at the provider, in seconds since 1970.
      const ts = Math.floor(systemTime().getTime() / 1000) - secondsAgo;
      interaction.result = {
        ...interaction.lastSubmission,
        login: { accountId: userId, ts, remember: true, origin },
        // A sign-in at a provider also satisfies `prompt=select_account`.
        select_account: {},
      };
      await interaction.persist();
      return interaction.returnTo;
    },
    async failLogin(uid, error) {
      const interaction = await openInteraction(uid);
      interaction.result = { error, error_description: descriptions[error] };
      await interaction.persist();
      return interaction.returnTo;
    },
  };
}
