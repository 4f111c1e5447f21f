const mostTries = 5;

/** Retries a request once: on a busy machine a kept-alive connection may end just as it is used again. */
export async function again<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries === mostTries) throw error;
    }
  }
}
