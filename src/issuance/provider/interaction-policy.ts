import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { isUnprovenApp } from '../consent/unproven-app.ts';

const { Check, Prompt, base } = interactionPolicy;

/** The name of the prompt that asks for the agreement of the deployment or the app. No app can request it. */
export const agreementPrompt = 'agreement';

/** Returns the rules by which a request stops for a page: oidc-provider's, with four changes. */
export function createInteractionPolicy(
  isAgreementPending: (userId: string, clientId: string) => Promise<boolean>,
) {
  const policy = base();
  policy.add(new Prompt({ name: 'select_account', requestable: true }), 0);
  policy
    .get('login')
    ?.checks.add(
      new Check('account_gone', 'the person of this session cannot sign in any more', isAccountGone),
    );
  const agreement = new Check(
    'agreement_pending',
    'the person has to accept the agreement of this deployment or app',
    'interaction_required',
    async ({ oidc }) => {
      const { accountId: userId } = oidc.session ?? {};
      const clientId = oidc.client?.clientId;
      return userId !== undefined && clientId !== undefined && (await isAgreementPending(userId, clientId));
    },
  );
  // Between the sign-in and the consent to an app.
  policy.add(new Prompt({ name: agreementPrompt, requestable: false }, agreement), policy.length - 1);
  const consent = policy.get('consent')?.checks;
  consent?.remove('native_client_prompt');
  consent?.add(
    new Check('native_client', 'the person has to confirm this app', 'interaction_required', isUnprovenApp),
  );
  return policy;
}

/** Returns whether the person was disabled or erased since the session began. */
function isAccountGone({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.session?.accountId !== undefined && oidc.account === undefined;
}
