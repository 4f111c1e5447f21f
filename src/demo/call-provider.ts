import { seconds } from '../kit/clock.ts';
import { directFetch } from '../kit/direct-fetch.ts';
import type { ProviderRequest } from './provider-calls.ts';

export interface ProviderAnswer {
  readonly status: number;
  readonly contentType: string;
  /** JSON is indented; other text is unchanged. */
  readonly text: string;
}

const longest = 20_000;

/** Undefined when the provider could not be reached. */
export async function callProvider({ url, headers }: ProviderRequest): Promise<ProviderAnswer | undefined> {
  try {
    const response = await (isOurs(url) ? directFetch : fetch)(url, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(seconds(10)),
    });
    const text = indented(await response.text()).slice(0, longest);
    return { status: response.status, contentType: response.headers.get('content-type') ?? '', text };
  } catch {
    return undefined;
  }
}

/** The base address of a simulated provider. */
const isOurs = (url: string | URL) => ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);

// WeChat serves JSON as text/plain, so the content decides.
function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
