import { platformTitle } from '../connectors/contract/names.ts';
import type { Identity } from '../identities/identities.ts';
import { othersThan } from '../identities/unconfirmed.ts';
import { fill } from '../kit/locale.ts';
import { Problem } from '../kit/problem.ts';
import { dataTexts } from './data-texts.ts';
import { manageLink } from './manage-link.ts';
import { findMine } from './mine.ts';
import { accountName } from './names.ts';
import { noticeOf } from './notices.ts';
import type { AccountDeps } from './ports.ts';
import type { AccountStep } from './step.ts';
import { refusedPage, stepPage } from './step-pages.ts';
import { texts } from './texts.ts';

/** Returns the step that unlinks an account. */
export function createUnlinkStep(deps: AccountDeps): AccountStep {
  return {
    async show({ request, response, user, locale, csrf }) {
      const { identity, connection } = await findMine(deps, user.id, request.params.id);
      if (await isLastSignIn(deps, identity)) {
        response.status(new Problem('last_identity').status);
        const wayOut = { href: '/account/data', label: dataTexts.eraseTitle[locale] };
        return refusedPage(locale, texts.lastOne[locale], wayOut);
      }
      const { connector, registration } = connection;
      const menu = connector.manageAccess?.menu;
      const names = {
        account: accountName(connection, identity, locale),
        platform: platformTitle(connector)[locale],
        menu: menu?.[locale] ?? '',
      };
      const cannotEnd = menu ? texts.unlinkCannotEndMenu : texts.unlinkCannotEnd;
      const canRevokeUpstream =
        connector.revoke !== undefined || registration.endpoints.revocation !== undefined;
      return stepPage({
        locale,
        title: fill(texts.unlinkTitle, locale, names),
        explanation: [
          texts.unlinkHint[locale],
          fill(canRevokeUpstream ? texts.unlinkEndsAccess : cannotEnd, locale, names),
          !canRevokeUpstream && !menu && manageLink(connector, registration.endpoints, locale),
        ],
        action: request.originalUrl,
        button: texts.unlink[locale],
        danger: true,
        csrf,
        back: '/account',
      });
    },
    async act({ request, user }) {
      const { identity } = await findMine(deps, user.id, request.params.id);
      const outcome = await deps.offboarding.unlinkIdentity({
        userId: user.id,
        identityId: identity.id,
        sessionId: request.sessionID,
      });
      return `/account?notice=${noticeOf(outcome)}`;
    },
  };
}

/** Returns true if the user could not sign in without this identity. */
async function isLastSignIn(
  { identities, connections }: Pick<AccountDeps, 'identities' | 'connections'>,
  identity: Identity,
): Promise<boolean> {
  const [mine, allConnections] = await Promise.all([
    identities.allOfUser(identity.userId),
    connections.all(),
  ]);
  const signInConnections = allConnections
    .filter(({ enabled, purpose }) => enabled && purpose === 'login')
    .map(({ id }) => id);
  return !othersThan(identity, mine).some(({ connectionId }) => signInConnections.includes(connectionId));
}
