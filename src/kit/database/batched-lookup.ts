import { asNewRequest, currentRequest } from '../request-context.ts';
import { isUnanswered } from './database-errors.ts';
import { noteUnanswered } from './statement-timeout.ts';

/** How many questions may be under way at once: the second keeps one slow answer from holding up everybody. */
const mostUnderWay = 2;

interface Question<Answer> {
  readonly keys: Set<string>;
  readonly answers: Promise<ReadonlyMap<string, Answer>>;
  readonly ask: () => Promise<void>;
  readonly giveUp: (error: unknown) => void;
}

/**
 * One question for many callers: whoever wants to know something while a question is being put together goes with it.
 * Nobody is answered from before the call, so this is no cache. A crowd costs the database one statement, and holds
 * two of its connections.
 */
export function createBatchedLookup<Answer>(
  ask: (keys: readonly string[]) => Promise<ReadonlyMap<string, Answer>>,
): (key: string) => Promise<Answer | undefined> {
  let gathering: Question<Answer> | undefined;
  let underWay = 0;

  function send(): void {
    if (!gathering || underWay >= mostUnderWay) return;
    const question = gathering;
    gathering = undefined;
    underWay += 1;
    question.ask().then(
      () => {
        underWay -= 1;
        send();
      },
      (error: unknown) => {
        underWay -= 1;
        // Those that have waited behind it have waited for as long, and would wait for the same.
        if (isUnanswered(error)) {
          gathering?.giveUp(error);
          gathering = undefined;
        }
        send();
      },
    );
  }

  function gather(): Question<Answer> {
    const keys = new Set<string>();
    const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<string, Answer>>();
    // After everything that has arrived by now has been heard.
    setImmediate(send);
    const asked = async () => {
      // The question has no caller's context: the silence that one request has met, and the timeout of background work,
      // count for none of the others.
      const answers = asNewRequest(() => ask([...keys]));
      answers.then(resolve, reject);
      await answers;
    };
    return { keys, answers: promise, ask: asked, giveUp: reject };
  }

  return async (key) => {
    const unanswered = currentRequest()?.unanswered;
    if (unanswered) throw unanswered;
    gathering ??= gather();
    gathering.keys.add(key);
    return (await noteUnanswered(gathering.answers)).get(key);
  };
}
