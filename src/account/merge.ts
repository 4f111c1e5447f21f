import type { Request } from 'express';
import type { User } from '../identities/identities.ts';
import { fill } from '../kit/locale.ts';
import { Problem } from '../kit/problem.ts';
import { accountName } from './names.ts';
import { readOverview } from './overview.ts';
import type { AccountDeps } from './ports.ts';
import type { AccountStep } from './step.ts';
import { stepPage } from './step-pages.ts';
import { texts } from './texts.ts';

/** Returns the step that merges the other user of the same person into the signed-in user. */
export function createMergeStep(deps: AccountDeps): AccountStep {
  async function otherUser(request: Request, user: User): Promise<User> {
    const otherIds = await deps.identities.samePersonAs(user.id);
    const id = otherIds.find((one) => one === request.params.userId);
    const found = id === undefined ? undefined : await deps.identities.findUser(id);
    if (!found) throw new Problem('not_found');
    return found;
  }

  return {
    async show({ request, user, locale, csrf }) {
      const { linked } = await readOverview(deps, await otherUser(request, user));
      const accounts = linked.map(({ identity, connection }) => accountName(connection, identity, locale));
      return stepPage({
        locale,
        title: texts.mergeTitle[locale],
        explanation: [
          fill(texts.mergeAccounts, locale, { accounts: accounts.join(locale === 'zh' ? '、' : ', ') }),
          texts.mergeHint[locale],
        ],
        action: request.originalUrl,
        button: texts.merge[locale],
        csrf,
        back: '/account',
      });
    },
    async act({ request, user }) {
      const { id } = await otherUser(request, user);
      await deps.offboarding.mergeUsers({ into: user.id, from: id });
      return '/account?notice=merged';
    },
  };
}
