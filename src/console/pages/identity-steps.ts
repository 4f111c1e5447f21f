import { type AccountView, readAccount } from '../account-view.ts';
import { identityTexts as texts } from '../identity-texts.ts';
import { stepPage } from '../step-page.ts';
import type { ConsolePage, Visit } from '../visit.ts';

const paramsOf = (visit: Visit) => ({ user: visit.param('user'), identity: visit.param('identity') });
const path = '/people/:user/identities/:identity';
const pageOf = (visit: Visit) =>
  `/console/people/${visit.param('user')}/identities/${visit.param('identity')}`;
const common = {
  needs: 'people:help',
  read: readAccount,
  back: pageOf,
  danger: true,
  reason: 'required',
  input: (_view: AccountView, visit: Visit) => ({ params: paramsOf(visit) }),
} as const;

/** The steps that have the person asked again, that end a grant at its provider, and that unlink the account. */
export const identitySteps: readonly ConsolePage[] = [
  stepPage<AccountView>({
    ...common,
    path: `${path}/ask`,
    operation: 'POST /users/{user}/identities/{identity}/ask-again',
    title: ({ provider }, { say }) => say(texts.askTitle, { provider }),
    explain: ({ provider }, { say }) => [say(texts.askWhat, { provider }), say(texts.askUndo)],
    button: texts.askButton,
  }),
  stepPage<AccountView>({
    ...common,
    path: `${path}/end`,
    operation: 'POST /users/{user}/identities/{identity}/revoke',
    title: ({ provider }, { say }) => say(texts.endTitle, { provider }),
    explain: ({ provider }, { say }) => [say(texts.endWhat, { provider }), say(texts.endUndo)],
    button: texts.endButton,
  }),
  stepPage<AccountView>({
    ...common,
    path: `${path}/unlink`,
    operation: 'DELETE /users/{user}/identities/{identity}',
    title: ({ provider }, { say }) => say(texts.unlinkTitle, { provider }),
    explain: ({ provider }, { say }) => [say(texts.unlinkWhat, { provider }), say(texts.unlinkUndo)],
    button: texts.unlinkButton,
    after: (visit) => `/console/people/${visit.param('user')}`,
  }),
];
