/** Returns whether PostgreSQL can store the text exactly and a page can show it: no control character, no lone surrogate. */
export function isPlain(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

/** Returns whether the text can be a code or a token in a header: visible ASCII, no space (RFC 6749 appendix A). */
export function isVisible(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
