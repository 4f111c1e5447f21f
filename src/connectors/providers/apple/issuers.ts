/** In June 2025 Apple's metadata named this one, while its tokens went on naming `https://appleid.apple.com`. */
export const appleIssuers: readonly string[] = ['https://account.apple.com'];
