import { asObject, tryParse } from '../../../kit/exact-json.ts';
import { type Step, UpstreamError } from '../../contract/failures.ts';
import type { Registration } from '../../contract/registration.ts';
import { rawMember, signedNode, signRequest } from './signature.ts';

interface GatewayCall {
  readonly step: Step;
  readonly method: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly now: Date;
}

/**
 * Returns the form of a call. All calls have one address and differ in `method`. @throws UpstreamError for an
 * unreadable private key
 */
export function gatewayForm(
  { step, method, parameters, now }: GatewayCall,
  { clientId, clientSecret, options }: Registration,
): URLSearchParams {
  const common = {
    app_id: clientId,
    method,
    format: 'JSON',
    charset: 'utf-8',
    sign_type: 'RSA2',
    timestamp: beijingTime(now),
    version: '1.0',
    app_cert_sn: options.app_cert_sn ?? '',
    alipay_root_cert_sn: options.alipay_root_cert_sn ?? '',
  };
  try {
    return new URLSearchParams(signRequest({ ...common, ...parameters }, clientSecret?.reveal() ?? ''));
  } catch {
    throw new UpstreamError(step, { kind: 'misconfigured' }, { code: 'private_key' });
  }
}

/** Returns the time as `yyyy-MM-dd HH:mm:ss` in UTC+8, as Alipay requires. */
function beijingTime(now: Date): string {
  const shifted = new Date(now.getTime() + 8 * 3_600_000);
  return shifted.toISOString().slice(0, 19).replace('T', ' ');
}

export const gatewayHeaders = {
  'content-type': 'application/x-www-form-urlencoded;charset=utf-8',
  accept: 'application/json',
};

/**
 * Returns the JSON of an answer, or of its refusal. A refusal is also accepted unsigned, as Alipay sends it to unknown
 * apps.
 */
export function openAnswer(text: string, method: string, { options }: Registration): string {
  const name = `${method.replaceAll('.', '_')}_response`;
  const refusal = refusalIn(rawMember(text, 'error_response') ?? rawMember(text, name));
  if (refusal) return JSON.stringify(refusal);
  return signedByAlipay(text, name, options.alipay_public_key) ?? JSON.stringify({ error: 'bad_signature' });
}

function signedByAlipay(text: string, name: string, publicKey = ''): string | undefined {
  try {
    return signedNode(text, name, publicKey);
  } catch {
    return JSON.stringify({ error: 'alipay_public_key', code: 'alipay_public_key' });
  }
}

/** Returns the refusal in a node. A successful node has no code, or 10000. */
function refusalIn(node: string | undefined) {
  const body = asObject(node === undefined ? undefined : tryParse(node));
  const { code, sub_code } = body ?? {};
  if (typeof code !== 'string' || code === '10000') return undefined;
  const detail = typeof sub_code === 'string' ? sub_code : '';
  return { error: detail || `code_${code}`, code, sub_code: detail };
}
