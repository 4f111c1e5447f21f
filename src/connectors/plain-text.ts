/** Whether PostgreSQL can hold it exactly and nobody could take it for something else: no control, no lone surrogate. */
export function isPlain(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}
