import { Problem } from '../kit/problem.ts';
import type { Arrival, ArrivalFailure, Resume } from '../login/arrival.ts';
import { withNotice } from './addresses.ts';
import type { Notice } from './notices.ts';
import type { AccountDeps } from './ports.ts';

/** Where a link that was begun on these pages ends. */
export interface LinkEnd {
  /** Answers where the browser goes on. @throws Problem for a disabled user. */
  finishLink(arrival: Arrival): Promise<string>;
  failLink(resume: Resume, failure: ArrivalFailure): string;
}

type LinkResume = Extract<Resume, { kind: 'link' }>;

export function createLinkEnd({ issuer, identities, vault }: AccountDeps): LinkEnd {
  async function isExpected(arrival: Arrival, { userId, identityId }: LinkResume): Promise<boolean> {
    if (identityId === undefined) return true;
    const { connection, account } = arrival;
    const expected = (await identities.ofUser(userId)).find(({ id }) => id === identityId);
    return (
      expected?.connectionId === connection.id &&
      expected.issuer === connection.registration.issuer &&
      expected.subject === account.subject
    );
  }

  async function link(arrival: Arrival, resume: LinkResume): Promise<Notice> {
    if (!(await isExpected(arrival, resume))) return 'other_account';
    const { connection, tokens } = arrival;
    const settled = await identities.link(resume.userId, arrival).catch(inUse);
    if (!settled) return 'in_use';
    await vault.deposit({ ...settled, connection, tokens });
    return resume.identityId === undefined ? 'linked' : 'reauthorized';
  }

  return {
    async finishLink(arrival) {
      const resume = linkResume(arrival.resume);
      const notice = await link(arrival, resume);
      const done = notice === 'linked' || notice === 'reauthorized';
      return withNotice(done ? resume.returnTo : troubleAt(resume), notice, issuer);
    },
    failLink(resume, failure) {
      return withNotice(troubleAt(linkResume(resume)), noticeOfFailure[failure], issuer);
    },
  };
}

const noticeOfFailure: Record<ArrivalFailure, Notice> = {
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
