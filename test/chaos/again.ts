const mostTries = 5;

/** On a busy machine a kept connection ends just when it is used again, and so may the next one. */
export async function again<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries === mostTries) throw error;
    }
  }
}
