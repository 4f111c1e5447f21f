import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { type Answer, type Asked, createThrottle, createVersionedKey, type StandIn } from './stand-in.ts';

// AWS KMS, with the signature of each request computed anew from AWS's description of Signature Version 4.

export interface AwsAccount {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly keyArn: string;
}

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text, 'utf8').digest();
const shape =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** Returns the signature that the request should have; undefined: its header has another form. */
export function signatureOf(
  asked: Asked,
  secretAccessKey: string,
): { wanted: string; given: string } | undefined {
  const [, , date = '', region = '', service = '', signed = '', given = ''] =
    shape.exec(asked.headers.authorization ?? '') ?? [];
  if (given === '') return undefined;
  const [path = '/', query = ''] = asked.url.split('?');
  const names = signed.split(';');
  const headers = names.map((name) => `${name}:${(asked.headers[name] ?? '').trim().replace(/\s+/g, ' ')}\n`);
  const request = [asked.method, path, query, headers.join(''), signed, sha256(asked.body)].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', asked.headers['x-amz-date'] ?? '', scope, sha256(request)].join('\n');
  const key = [region, service, 'aws4_request'].reduce(
    (previous, part) => hmac(previous, part),
    hmac(`AWS4${secretAccessKey}`, date),
  );
  return { wanted: hmac(key, text).toString('hex'), given };
}

const body = z.object({
  KeyId: z.string(),
  Plaintext: z.string().optional(),
  CiphertextBlob: z.string().optional(),
  EncryptionContext: z.record(z.string(), z.string()).default({}),
});

export function createAwsStandIn(account: AwsAccount): StandIn {
  const key = createVersionedKey();
  const throttled = createThrottle();
  const refuse = (type: string, message: string, status = 400): Answer => ({
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type },
    body: { __type: type, message },
  });

  const standIn: StandIn = {
    mood: 'well',
    done: [],
    forged: 0,
    rotate: key.rotate,
    answer(asked) {
      if (standIn.mood === 'down') return refuse('KMSInternalException', 'internal', 500);
      const signature = signatureOf(asked, account.secretAccessKey);
      const credential = /Credential=([^/]+)/.exec(asked.headers.authorization ?? '')?.[1];
      const same = signature && timingSafeEqual(Buffer.from(signature.wanted), Buffer.from(signature.given));
      if (!same || credential !== account.accessKeyId) {
        standIn.forged += 1;
        return refuse('InvalidSignatureException', 'The request signature we calculated does not match', 403);
      }
      if (throttled(standIn)) return refuse('ThrottlingException', 'Rate exceeded');
      if (standIn.mood === 'refusing') return refuse('DisabledException', `${account.keyArn} is disabled.`);
      const input = body.parse(JSON.parse(asked.body));
      if (input.KeyId !== account.keyArn)
        return refuse('AccessDeniedException', 'User is not authorized to perform this on this resource');
      const operation = asked.headers['x-amz-target']?.split('.')[1] ?? '';
      const context = JSON.stringify(input.EncryptionContext);
      standIn.done.push(operation);
      if (operation === 'Encrypt') {
        const sealed = key.seal(Buffer.from(input.Plaintext ?? '', 'base64'), context);
        return { status: 200, body: { KeyId: account.keyArn, CiphertextBlob: sealed.toString('base64') } };
      }
      const opened = key.open(Buffer.from(input.CiphertextBlob ?? '', 'base64'), context);
      if (!opened) return refuse('InvalidCiphertextException', '');
      return { status: 200, body: { KeyId: account.keyArn, Plaintext: opened.toString('base64') } };
    },
  };
  return standIn;
}
