/** Whether PostgreSQL can hold it exactly and nobody could take it for something else: no control, no lone surrogate. */
export function isPlain(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

/** Whether it can be a code or a token, and stand in a header: visible characters, no space (RFC 6749 appendix A). */
export function isVisible(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
