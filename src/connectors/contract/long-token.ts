import { UpstreamError } from './failures.ts';

/** Characters. Servers refuse request heads of more than 8 or 16 KiB (RFC 6585 section 5: 431), some by hanging up. */
const longForAHeader = 7_000;

/** Asks with the token in a header; one too long for that goes in a form where the header is refused (RFC 6750, 2.2). */
export async function inHeaderOrForm<T>(
  token: string,
  inHeader: () => Promise<T>,
  inForm: (form: URLSearchParams) => Promise<T>,
): Promise<T> {
  try {
    return await inHeader();
  } catch (error) {
    if (token.length < longForAHeader || !(error instanceof UpstreamError)) throw error;
    return await inForm(new URLSearchParams({ access_token: token }));
  }
}
