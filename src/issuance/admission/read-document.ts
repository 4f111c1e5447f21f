import { hours, minutes, seconds } from '../../kit/clock.ts';
import { type Outbound, OutboundError } from '../../kit/outbound.ts';
import { type ClientDescription, DescriptionFault, describeClient } from './client-description.ts';

export interface ReadDocument extends ClientDescription {
  /** Milliseconds for which the document may be trusted without another look. */
  readonly freshFor: number;
}

const longestWait = seconds(3);
/** Bytes, as the draft recommends in section 6. */
const sizeLimit = 5 * 1024;
const freshness = { least: minutes(5), most: hours(24) } as const;

const faults: Readonly<Record<OutboundError['failure'], string>> = {
  'refused-address': 'its host has no public address',
  insecure: 'its address is not https',
  unreachable: 'its host cannot be reached',
  timeout: 'its host does not answer in time',
  'too-large': 'it is larger than 5 kB',
  redirected: 'its address redirects',
};

/**
 * Reads the metadata document of a client id (Client ID Metadata Document, sections 4 to 6). The guarded client follows no
 * redirect and reaches no internal address. @throws DescriptionFault
 */
export async function readDocument(
  outbound: Pick<Outbound, 'fetch'>,
  clientId: string,
): Promise<ReadDocument> {
  const response = await fetched(outbound, clientId);
  if (response.status !== 200)
    throw new DescriptionFault(`its address answers with status ${response.status}`);
  // A host of other people's files serves them under other types.
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(response.headers.get('content-type') ?? ''))
    throw new DescriptionFault('it is not application/json');
  const document = parsed(await response.text());
  if (document.client_id !== clientId) throw new DescriptionFault('its client_id is not its own address');
  return { ...describeClient(document), freshFor: freshFor(response.headers) };
}

async function fetched(outbound: Pick<Outbound, 'fetch'>, clientId: string): Promise<Response> {
  try {
    return await outbound.fetch(clientId, {
      headers: { accept: 'application/json' },
      totalTimeout: longestWait,
      sizeLimit,
    });
  } catch (error) {
    if (error instanceof OutboundError) throw new DescriptionFault(faults[error.failure], { cause: error });
    throw error;
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // The fault below says it.
  }
  throw new DescriptionFault('it is not a JSON object');
}

function freshFor(headers: Headers): number {
  const control = headers.get('cache-control') ?? '';
  const [, age] = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(control) ?? [];
  const stated = /\bno-(store|cache)\b/i.test(control) || age === undefined ? 0 : seconds(Number(age));
  return Math.min(Math.max(stated, freshness.least), freshness.most);
}
