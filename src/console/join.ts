import type { Request, Response } from 'express';
import { signInAddress } from '../account/addresses.ts';
import { formBinding, hasRecentSignIn } from '../account/session.ts';
import { createFindVisitor } from '../account/visitors.ts';
import type { Invitation } from '../admin/people/invitations.ts';
import { roleOf, roles } from '../admin/roles.ts';
import { sendPage } from '../http/page.ts';
import type { User } from '../identities/identities.ts';
import { localeOf } from '../kit/locale.ts';
import { actAs } from '../kit/request-context.ts';
import type { Invited } from './invited.ts';
import { confirmPage, gonePage, hasRolePage, signInFirstPage, welcomePage } from './join-pages.ts';
import { joinPath, setupPath, welcomePath } from './paths.ts';
import type { ConsoleDeps } from './ports.ts';
import type { Setup } from './setup.ts';

/** The handlers of the page behind an invitation. */
export interface Join {
  show(request: Request, response: Response): Promise<void>;
  accept(request: Request, response: Response): Promise<void>;
  welcome(request: Request, response: Response): Promise<void>;
}

export function createJoin(deps: ConsoleDeps, invited: Invited, setup: Setup): Join {
  const { issuer, csrf, clock, invitations } = deps;
  const findVisitor = createFindVisitor(deps);
  const { host } = new URL(issuer);

  /** Returns the person who has signed in within the last minutes. */
  async function recentVisitor(request: Request): Promise<User | undefined> {
    const user = await findVisitor(request);
    return user && hasRecentSignIn(request, clock.now()) ? user : undefined;
  }

  /** Returns whether the person's role includes the offered one. */
  function alreadyHas(user: User, { gives }: Invitation): boolean {
    const role = roleOf(user.roles);
    return role !== undefined && roles.indexOf(role) <= roles.indexOf(gives);
  }

  return {
    async show(request, response) {
      const locale = localeOf(request);
      const invitation = await invited.find(request);
      if (!invitation) {
        invited.forget(response);
        return sendPage(response, gonePage(locale), 404);
      }
      if (typeof request.params.handle === 'string') invited.remember(response, request.params.handle);
      const user = await recentVisitor(request);
      if (!user && (await setup.isOpen(invitation))) {
        if (invitation.setupAt) return response.redirect(303, setupPath);
        return sendPage(response, setup.startPage(request));
      }
      const view = { locale, host, role: invitation.gives };
      const signInUrl = signInAddress(joinPath, { fresh: true });
      if (!user) return sendPage(response, signInFirstPage(view, signInUrl));
      const role = roleOf(user.roles);
      if (role && alreadyHas(user, invitation)) return sendPage(response, hasRolePage(view, role, signInUrl));
      const field = csrf.field(invited.binding(request, formBinding(request)));
      sendPage(response, confirmPage(view, { name: user.name, csrf: field, otherUrl: signInUrl }));
    },

    async accept(request, response) {
      const invitation = await invited.find(request);
      const user = await recentVisitor(request);
      if (!invitation) return sendPage(response, gonePage(localeOf(request)), 404);
      csrf.check(request, invited.binding(request, formBinding(request)));
      if (!user || alreadyHas(user, invitation)) return response.redirect(303, joinPath);
      actAs({ kind: 'person', id: user.id });
      const joined = await invitations.accept(invitation, user);
      invited.forget(response);
      if (!joined) return sendPage(response, gonePage(localeOf(request)), 404);
      response.redirect(303, welcomePath);
    },

    async welcome(request, response) {
      const user = await findVisitor(request);
      const role = user && roleOf(user.roles);
      const locale = localeOf(request);
      if (role) sendPage(response, welcomePage(locale, role));
      else sendPage(response, gonePage(locale), 404);
    },
  };
}
