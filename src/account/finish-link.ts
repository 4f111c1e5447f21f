import { keysOf } from '../identities/identity-keys.ts';
import { isConfirmed, unconfirmedKeysOf } from '../identities/unconfirmed.ts';
import { Problem } from '../kit/problem.ts';
import type { CompletedSignIn, Resume, SignInFailure } from '../login/sign-in.ts';
import { withNotice } from './addresses.ts';
import type { Notice } from './notices.ts';
import type { AccountDeps } from './ports.ts';

/** The end of a sign-in that links or reauthorises an account. */
export interface LinkEnd {
  /** Links the account. Returns the address to redirect to. @throws Problem forbidden for a disabled user */
  finishLink(signIn: CompletedSignIn): Promise<string>;
  /** Returns the address to redirect to after a failure. */
  failLink(resume: Resume, failure: SignInFailure): Promise<string>;
}

type LinkResume = Extract<Resume, { kind: 'link' }>;

export function createLinkEnd({ issuer, identities, vault, connectRequests }: AccountDeps): LinkEnd {
  /** Returns false if the person was to reauthorise one account and signed in to another one at the provider. */
  async function isExpectedAccount(
    signIn: CompletedSignIn,
    { userId, identityId }: LinkResume,
  ): Promise<boolean> {
    if (identityId === undefined) return true;
    const { connection } = signIn;
    const expected = (await identities.allOfUser(userId)).find(({ id }) => id === identityId);
    if (expected?.connectionId !== connection.id) return false;
    const keys = isConfirmed(expected) ? keysOf(signIn) : unconfirmedKeysOf(signIn);
    return keys.some(({ issuer, subject }) => issuer === expected.issuer && subject === expected.subject);
  }

  async function link(signIn: CompletedSignIn, resume: LinkResume): Promise<Linked> {
    if (!(await isExpectedAccount(signIn, resume))) return { notice: 'other_account' };
    const { connection, tokens, furtherScopes, account } = signIn;
    const owner = await identities.link(resume.userId, signIn).catch(undefinedIfInUse);
    if (!owner) return { notice: 'in_use' };
    const reauthorized = resume.identityId !== undefined;
    const { subject } = account;
    await vault.storeTokens({
      ...owner,
      subject,
      connection,
      tokens,
      furtherScopes,
      replaces: reauthorized,
    });
    return { notice: reauthorized ? 'reauthorized' : 'linked', identityId: owner.identityId };
  }

  /**
   * Returns the app's address if a connect request waits for the outcome and has not expired. `error` goes to the app when
   * no identity was linked.
   */
  async function answerConnectRequest({ ticket }: LinkResume, identityId: string | undefined, error: string) {
    if (ticket === undefined) return undefined;
    return identityId === undefined
      ? await connectRequests.failed(ticket, error)
      : await connectRequests.arrived(ticket, identityId);
  }

  return {
    async finishLink(signIn) {
      const resume = linkResume(signIn.resume);
      const { notice, identityId } = await link(signIn, resume);
      const appAddress = await answerConnectRequest(resume, identityId, notice);
      const address = identityId === undefined ? failureAddress(resume) : resume.returnTo;
      return appAddress ?? withNotice(address, notice, issuer);
    },
    async failLink(resume, failure) {
      const ended = linkResume(resume);
      const appAddress = await answerConnectRequest(ended, undefined, failure);
      return appAddress ?? withNotice(failureAddress(ended), noticeOfFailure[failure], issuer);
    },
  };
}

interface Linked {
  readonly notice: Notice;
  /** The identity that was linked; absent when none was. */
  readonly identityId?: string;
}

const noticeOfFailure: Record<SignInFailure, Notice> = {
  access_denied: 'cancelled',
  server_error: 'failed',
  temporarily_unavailable: 'unavailable',
};

function failureAddress({ troubleAt, returnTo }: LinkResume): string {
  return troubleAt ?? returnTo;
}

function linkResume(resume: Resume): LinkResume {
  if (resume.kind !== 'link') throw new Error(`a ${resume.kind} does not end here`);
  return resume;
}

function undefinedIfInUse(error: unknown): undefined {
  if (error instanceof Problem && error.code === 'identity_in_use') return undefined;
  throw error;
}
