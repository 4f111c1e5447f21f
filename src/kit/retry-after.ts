/** The longest wait that another server can demand, in seconds. */
const longest = 3600;

/** Returns the header `Retry-After` in whole seconds, from delta-seconds or an HTTP date (RFC 9110 section 10.2.3). */
export function retryAfterOf(headers: Headers, now: Date): number | undefined {
  const value = headers.get('retry-after');
  if (!value) return undefined;
  const wait = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - now.getTime()) / 1000;
  return Number.isFinite(wait) ? Math.min(longest, Math.max(1, Math.ceil(wait))) : undefined;
}
