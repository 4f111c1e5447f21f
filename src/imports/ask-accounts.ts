import type { Asked, AskProvider } from './ask-provider.ts';
import type { ExportedTokens } from './exported-user.ts';
import { type AccountResult, importableAccount } from './importable-account.ts';
import type { ReadAccount, ReadRecord } from './read-record.ts';
import type { Reason } from './reasons.ts';
import type { Run } from './run.ts';

/** The number of questions to one provider at a time. */
const atOnce = 4;

/**
 * Asks the providers about the accounts of a batch whose subject the export does not tell. A dry run
 * asks nothing, and says about which accounts the run would ask.
 */
export async function askAboutAccounts(
  ask: AskProvider,
  records: readonly ReadRecord[],
  { run, now }: { readonly run: Run; readonly now: Date },
): Promise<readonly ReadRecord[]> {
  const answers = new Map<ReadAccount, AccountResult>();
  const questions = records.flatMap(
    ({ read }) => read?.accounts.flatMap((one) => questionOf(one, run)) ?? [],
  );
  const context = { ...run, exportedAt: run.exportedAt, now };
  const left = ({ account: { connection } }: Asked, reason: Reason) => [{ connection, reason }];

  async function answer({ read: one, asked }: Question): Promise<AccountResult> {
    if (run.dry) return { ...one.result, left: left(asked, 'ask_provider') };
    const found = await ask(asked);
    if (typeof found === 'string') return { ...one.result, left: left(asked, found) };
    return importableAccount({ ...asked.account, tokens: found.tokens }, context, found.ids);
  }

  const byConnection = Map.groupBy(questions, ({ asked }) => asked.connection.id);
  await Promise.all(
    [...byConnection.values()].map((some) =>
      inParallel(some, async (question) => {
        answers.set(question.read, await answer(question));
      }),
    ),
  );
  const answered = (one: ReadAccount) => ({ ...one, result: answers.get(one) ?? one.result });
  return records.map(({ read, left }) => ({
    left,
    ...(read && { read: { ...read, accounts: read.accounts.map(answered) } }),
  }));
}

interface Question {
  readonly read: ReadAccount;
  readonly asked: Asked;
}

function questionOf(read: ReadAccount, { connectionOf }: Run): readonly Question[] {
  const { account, result } = read;
  const connection = connectionOf(account.connection);
  const tokens = readable(account.tokens);
  if (!connection || !tokens || connection.connector.family === 'tokenless') return [];
  const { importable, left } = result;
  const isUnknown = importable?.unconfirmed || left.some(({ reason }) => reason === 'unknown_subject');
  return isUnknown ? [{ read, asked: { account, tokens, connection } }] : [];
}

function readable(tokens: ReadAccount['account']['tokens']): ExportedTokens | undefined {
  return typeof tokens === 'object' && 'accessToken' in tokens ? tokens : undefined;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
