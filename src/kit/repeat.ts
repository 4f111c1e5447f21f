/**
 * Repeats the work, one run at a time, with a pause before each, in milliseconds. Returns a function that ends the
 * loop.
 */
export function repeat(
  work: () => Promise<unknown>,
  pause: () => number,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  let running: Promise<void> = Promise.resolve();

  const next = () => {
    if (!ended) timer = setTimeout(run, pause()).unref();
  };
  const run = () => {
    running = work().then(() => undefined, onError);
    running.then(next, next);
  };
  next();

  return async () => {
    ended = true;
    clearTimeout(timer);
    await running;
  };
}
