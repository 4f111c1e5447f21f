import { issuersOf } from '../connectors/contract/registration.ts';
import { Problem } from '../kit/problem.ts';
import type { CompletedSignIn, Resume, SignInFailure } from '../login/sign-in.ts';
import { withNotice } from './addresses.ts';
import type { Notice } from './notices.ts';
import type { AccountDeps } from './ports.ts';

/** Where a link that was begun on these pages ends. */
export interface LinkEnd {
  /** Answers where the browser goes on. @throws Problem for a disabled user. */
  finishLink(arrival: CompletedSignIn): Promise<string>;
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

  /** An app that waits for the account hears of it at its own address, unless it is too late. */
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
  /** Where it came to be. */
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
