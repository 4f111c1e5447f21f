import { issuersOf } from '../connectors/contract/registration.ts';
import { Problem } from '../kit/problem.ts';
import type { CompletedSignIn, Resume, SignInFailure } from '../login/sign-in.ts';
import { withNotice } from './addresses.ts';
import type { Notice } from './notices.ts';
import type { AccountDeps } from './ports.ts';

/** The end of a sign-in that links or reauthorises an account. */
export interface LinkEnd {
  /** Links the account. Returns the address to redirect to. @throws Problem forbidden for a disabled user */
  finishLink(arrival: CompletedSignIn): Promise<string>;
  /** Returns the address to redirect to after a failure. */
  failLink(resume: Resume, failure: SignInFailure): Promise<string>;
}

type LinkResume = Extract<Resume, { kind: 'link' }>;

export function createLinkEnd({ issuer, identities, vault, connectRequests }: AccountDeps): LinkEnd {
  async function isExpected(arrival: CompletedSignIn, { userId, identityId }: LinkResume): Promise<boolean> {
    if (identityId === undefined) return true;
    const { connection, account } = arrival;
    const expected = (await identities.ofUser(userId)).find(({ id }) => id === identityId);
    return (
      expected?.connectionId === connection.id &&
      issuersOf(connection.registration).includes(expected.issuer) &&
      expected.subject === account.subject
    );
  }

  async function link(arrival: CompletedSignIn, resume: LinkResume): Promise<Linked> {
    if (!(await isExpected(arrival, resume))) return { notice: 'other_account' };
    const { connection, tokens, furtherScopes, account } = arrival;
    const settled = await identities.link(resume.userId, arrival).catch(inUse);
    if (!settled) return { notice: 'in_use' };
    const replaces = resume.identityId !== undefined;
    const { subject } = account;
    await vault.storeTokens({ ...settled, subject, connection, tokens, furtherScopes, replaces });
    const notice = resume.identityId === undefined ? 'linked' : 'reauthorized';
    return { notice, identityId: settled.identityId };
  }

  /** Returns the app's address if a connect request waits for the outcome and has not expired. */
  async function tell({ ticket }: LinkResume, identityId: string | undefined, error: string) {
    if (ticket === undefined) return undefined;
    return identityId === undefined
      ? await connectRequests.failed(ticket, error)
      : await connectRequests.arrived(ticket, identityId);
  }

  return {
    async finishLink(arrival) {
      const resume = linkResume(arrival.resume);
      const { notice, identityId } = await link(arrival, resume);
      const told = await tell(resume, identityId, notice);
      const here = identityId === undefined ? troubleAt(resume) : resume.returnTo;
      return told ?? withNotice(here, notice, issuer);
    },
    async failLink(resume, failure) {
      const link = linkResume(resume);
      const told = await tell(link, undefined, failure);
      return told ?? withNotice(troubleAt(link), noticeOfFailure[failure], issuer);
    },
  };
}

interface Linked {
  readonly notice: Notice;
  /** The identity that was linked. */
  readonly identityId?: string;
}

const noticeOfFailure: Record<SignInFailure, Notice> = {
  access_denied: 'cancelled',
  server_error: 'failed',
  temporarily_unavailable: 'unavailable',
};

function troubleAt({ troubleAt, returnTo }: LinkResume): string {
  return troubleAt ?? returnTo;
}

function linkResume(resume: Resume): LinkResume {
  if (resume.kind !== 'link') throw new Error(`a ${resume.kind} does not end here`);
  return resume;
}

function inUse(error: unknown): undefined {
  if (error instanceof Problem && error.code === 'identity_in_use') return undefined;
  throw error;
}
