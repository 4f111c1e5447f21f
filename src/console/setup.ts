import type { Request, Response } from 'express';
import { signInAddress } from '../account/addresses.ts';
import type { Invitation } from '../admin/people/invitations.ts';
import { roleOf } from '../admin/roles.ts';
import type { Finding } from '../connectors/check/finding.ts';
import { findConnector } from '../connectors/registry.ts';
import { type Page, sendPage } from '../http/page.ts';
import type { Html } from '../kit/html.ts';
import { localeOf } from '../kit/locale.ts';
import { Problem } from '../kit/problem.ts';
import { actAs } from '../kit/request-context.ts';
import type { Connection } from '../login/connections.ts';
import type { Invited } from './invited.ts';
import { gonePage } from './join-pages.ts';
import { joinPath, setupPath } from './paths.ts';
import type { ConsoleDeps } from './ports.ts';
import { readSetupForm } from './setup-form.ts';
import { choosePage, connectedPage, enterPage, setupStartPage } from './setup-pages.ts';

/**
 * The setup session of a new broker. No connection exists, so no person can sign in, and the first owner's link lets one
 * browser add and check one connection. Signing in through it then leads to the page that makes the owner.
 */
export interface Setup {
  /** No person can sign in but through the connection of this setup, and there is no owner. */
  isOpen(invitation: Invitation): Promise<boolean>;
  startPage(request: Request): Page;
  begin(request: Request, response: Response): Promise<void>;
  show(request: Request, response: Response): Promise<void>;
  save(request: Request, response: Response): Promise<void>;
  check(request: Request, response: Response): Promise<void>;
  startOver(request: Request, response: Response): Promise<void>;
}

export function createSetup(deps: ConsoleDeps, invited: Invited): Setup {
  const { issuer, csrf, invitations, identities, connections, offboarding } = deps;
  const field = (request: Request): Html => csrf.field(invited.binding(request, 'setup'));
  const redirectUriOf = (alias: string) => `${issuer}/connections/${alias}/callback`;

  async function isOpen({ gives, connectionId }: Invitation): Promise<boolean> {
    if (gives !== 'owner') return false;
    const all = await connections.all();
    if (all.some(({ id, enabled, purpose }) => enabled && purpose === 'login' && id !== connectionId))
      return false;
    return !(await identities.roleHolders()).some(({ roles }) => roleOf(roles) === 'owner');
  }

  /** Returns the invitation of a setup that goes on in this browser. Otherwise sends the page for such links. */
  async function ongoing(request: Request, response: Response): Promise<Invitation | undefined> {
    const invitation = await invited.find(request);
    if (invitation?.setupAt && (await isOpen(invitation))) {
      if (request.method === 'POST') csrf.check(request, invited.binding(request, 'setup'));
      // The holder of the link, who has not signed in.
      actAs({ kind: 'anonymous', id: invitation.id });
      return invitation;
    }
    sendPage(response, gonePage(localeOf(request)), 404);
    return undefined;
  }

  const ownConnection = async ({ connectionId }: Invitation): Promise<Connection | undefined> =>
    connectionId === null ? undefined : await connections.findById(connectionId);

  async function remove(invitation: Invitation): Promise<void> {
    const known = await ownConnection(invitation);
    await invitations.setConnection(invitation, null);
    if (known) await offboarding.removeConnection(known.alias);
  }

  function sendConnected(
    request: Request,
    response: Response,
    about: { connection: Connection; findings?: readonly Finding[] },
  ) {
    const { connection, findings = [] } = about;
    sendPage(
      response,
      connectedPage({
        locale: localeOf(request),
        csrf: field(request),
        title: connection.connector.title[localeOf(request)],
        redirectUri: connection.registration.redirectUri,
        signInUrl: signInAddress(joinPath, { fresh: false }),
        findings,
      }),
    );
  }

  return {
    isOpen,
    startPage: (request) => setupStartPage(localeOf(request), field(request)),

    async begin(request, response) {
      const invitation = await invited.find(request);
      if (!invitation || invitation.setupAt || !(await isOpen(invitation)))
        return sendPage(response, gonePage(localeOf(request)), 404);
      csrf.check(request, invited.binding(request, 'setup'));
      actAs({ kind: 'anonymous', id: invitation.id });
      const handle = await invitations.beginSetup(invitation);
      if (!handle) return sendPage(response, gonePage(localeOf(request)), 404);
      invited.remember(response, handle);
      response.redirect(303, setupPath);
    },

    async show(request, response) {
      const invitation = await ongoing(request, response);
      if (!invitation) return;
      const connection = await ownConnection(invitation);
      if (connection) return sendConnected(request, response, { connection });
      const locale = localeOf(request);
      const connector = findConnector(String(request.query.provider ?? ''));
      if (!connector) return sendPage(response, choosePage(locale));
      const redirectUri = redirectUriOf(connector.provider);
      sendPage(response, enterPage({ locale, connector, redirectUri, csrf: field(request) }));
    },

    async save(request, response) {
      const invitation = await ongoing(request, response);
      if (!invitation) return;
      const { connector, input, faults } = readSetupForm(request.body);
      const locale = localeOf(request);
      if (!connector) return sendPage(response, choosePage(locale), 422);
      const refuse = (why: readonly string[]) => {
        const redirectUri = redirectUriOf(connector.provider);
        const about = { locale, connector, redirectUri, csrf: field(request), faults: why };
        sendPage(response, enterPage(about), 422);
      };
      if (!input) return refuse(faults);
      try {
        if (invitation.connectionId !== null) await remove(invitation);
        const connection = await connections.create(input);
        await invitations.setConnection(invitation, connection.id);
        response.redirect(303, setupPath);
      } catch (error) {
        if (!(error instanceof Problem) || error.status >= 500) throw error;
        refuse([error.sentence[locale], error.message]);
      }
    },

    async check(request, response) {
      const invitation = await ongoing(request, response);
      const connection = invitation && (await ownConnection(invitation));
      if (connection)
        sendConnected(request, response, { connection, findings: await connections.check(connection) });
      else if (invitation) response.redirect(303, setupPath);
    },

    async startOver(request, response) {
      const invitation = await ongoing(request, response);
      if (!invitation) return;
      await remove(invitation);
      response.redirect(303, setupPath);
    },
  };
}
