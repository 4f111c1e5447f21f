import type { Account } from '../account/account.ts';
import { signedInUser } from '../account/session.ts';
import type { Identities } from '../identities/identities.ts';
import type { Issuance } from '../issuance/issuance.ts';
import { gatherEvents } from '../kit/events/gathered-events.ts';
import { actAs } from '../kit/request-context.ts';
import { createLogin, type Login, type LoginDeps } from '../login/login.ts';
import type { VerifiedSignIn } from '../login/sign-in.ts';
import type { Vault } from '../vault/vault.ts';

/** Stores the person and the tokens of a verified sign-in. Returns the owner, the connection and the provider's session id. */
export type StoreSignIn = ReturnType<typeof createStoreSignIn>;

export function createStoreSignIn({
  identities,
  vault,
}: {
  readonly identities: Pick<Identities, 'findOrCreate'>;
  readonly vault: Pick<Vault, 'storeTokens'>;
}) {
  const store = async (signIn: VerifiedSignIn) => {
    const owner = await identities.findOrCreate(signIn);
    actAs({ kind: 'person', id: owner.userId });
    await vault.storeTokens({ ...owner, ...signIn, subject: signIn.account.subject });
    return { ...owner, connectionId: signIn.connection.id, sid: signIn.sid };
  };
  return (signIn: VerifiedSignIn) => gatherEvents(() => store(signIn));
}

export interface SignInFlowDeps extends Omit<LoginDeps, 'signedInUser' | 'onSignIn' | 'onFailure'> {
  readonly storeSignIn: StoreSignIn;
  readonly account: () => Pick<Account, 'finishLink' | 'onSignIn' | 'failLink'>;
  readonly issuance: () => Pick<Issuance, 'finishLogin' | 'failLogin'>;
}

/**
 * Returns the login whose verified sign-ins either issuance or the account page continues. Issuance starts a login, so the
 * two rooms behind it are asked for only at the callback.
 */
export function createSignInFlow({ storeSignIn, account, issuance, ...deps }: SignInFlowDeps): Login {
  return createLogin({
    ...deps,
    signedInUser,
    onSignIn: async ({ resume, ...signIn }, request) => {
      if (resume.kind === 'link') return await account().finishLink({ resume, ...signIn });
      const who = await storeSignIn(signIn);
      const next = await issuance().finishLogin(resume.uid, who, signIn.secondsSinceSignIn);
      await account().onSignIn(request, who.userId);
      return next;
    },
    onFailure: async (resume, failure) =>
      resume.kind === 'link'
        ? account().failLink(resume, failure)
        : await issuance().failLogin(resume.uid, failure),
  });
}
