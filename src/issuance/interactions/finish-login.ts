import type Provider from 'oidc-provider';
import { Problem } from '../../kit/problem.ts';
import { oidcTime } from '../oidc-time.ts';
import type { People } from '../ports.ts';
import type { Revoker } from '../sessions/revoker.ts';
import type { Origin } from '../sessions/session-origin-store.ts';
import { interactionGone } from './find-interaction.ts';

export type LoginFailure = 'access_denied' | 'server_error' | 'temporarily_unavailable';

export interface LoginCompletion {
  /**
   * The person has arrived, after they signed in so many seconds ago. Answers where the browser goes on.
   * @throws Problem when nobody waits any more.
   */
  finishLogin(uid: string, who: Who, secondsAgo?: number): Promise<string>;
  /** The app is told. Answers where the browser goes on. */
  failLogin(uid: string, error: LoginFailure): Promise<string>;
}

/** Who has come, and by whose word. */
export interface Who extends Origin {
  readonly userId: string;
}

export interface LoginCompletionDeps {
  readonly provider: () => Provider;
  readonly people: Pick<People, 'find'>;
  readonly revoker: Pick<Revoker, 'endSession'>;
}

const descriptions: Record<LoginFailure, string> = {
  access_denied: 'the sign-in was cancelled',
  server_error: 'the sign-in at the provider failed',
  temporarily_unavailable: 'the provider cannot be reached',
};

export function createLoginCompletion({ provider, people, revoker }: LoginCompletionDeps): LoginCompletion {
  const waiting = async (uid: string) => {
    const interaction = await provider().Interaction.find(uid);
    if (!interaction || interaction.isExpired || interaction.prompt.name === 'consent')
      throw interactionGone();
    return interaction;
  };

  return {
    async finishLogin(uid, { userId, ...origin }, secondsAgo = 0) {
      const interaction = await waiting(uid);
      const person = await people.find(userId);
      if (!person || person.disabled)
        throw new Problem('forbidden', {
          detail: { en: 'This account is switched off.', zh: '此账号已停用。' },
        });
      const { session } = interaction;
      if (session && session.accountId !== userId) {
        // Somebody else was signed in here: their session ends, and the browser gets a new one on its way back.
        await revoker.endSession(session.uid);
        interaction.session = undefined;
      }
      const ts = Math.floor(oidcTime().getTime() / 1000) - secondsAgo;
      interaction.result = {
        ...interaction.lastSubmission,
        login: { accountId: userId, ts, remember: true, origin },
        select_account: {},
      };
      await interaction.persist();
      return interaction.returnTo;
    },
    async failLogin(uid, error) {
      const interaction = await waiting(uid);
      interaction.result = { error, error_description: descriptions[error] };
      await interaction.persist();
      return interaction.returnTo;
    },
  };
}
