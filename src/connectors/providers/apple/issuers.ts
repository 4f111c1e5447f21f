/**
 * Both issuers are accepted: in June 2025 Apple's metadata named this one, while tokens still had
 * `https://appleid.apple.com`.
 */
export const appleIssuers: readonly string[] = ['https://account.apple.com'];
