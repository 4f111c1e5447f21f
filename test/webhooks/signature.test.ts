import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { Secret } from '../../src/kit/secret.ts';
import { newSigningSecret, signedHeaders } from '../../src/webhooks/signature.ts';

// The test vector of the Standard Webhooks libraries.
const vector = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  message: {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    sentAt: new Date(1_614_265_330_000),
    body: '{"test": 2432232314}',
  },
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

it('a message is signed as Standard Webhooks specifies', () => {
  expect(signedHeaders(vector.message, [new Secret(vector.secret)])).toEqual({
    'webhook-id': vector.message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': vector.signature,
  });
});

it('a message is signed with every valid secret, the newest first', () => {
  const newer = newSigningSecret();
  const headers = signedHeaders(vector.message, [newer, new Secret(vector.secret)]);
  const [first, second] = `${headers['webhook-signature']}`.split(' ');
  expect(second).toBe(vector.signature);
  const key = Buffer.from(newer.reveal().replace('whsec_', ''), 'base64');
  const { id, body } = vector.message;
  expect(first).toBe(`v1,${createHmac('sha256', key).update(`${id}.1614265330.${body}`).digest('base64')}`);
});

it('a secret has the form and length that the scheme requires', () => {
  const secret = newSigningSecret().reveal();
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(secret).not.toBe(newSigningSecret().reveal());
});
