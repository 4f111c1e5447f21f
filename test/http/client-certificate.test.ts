import { X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import { expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createClientCertificates } from '../../src/http/client-certificate.ts';

it('only the proxies of the setting pass a certificate', async () => {
  const { cert } = await generate([{ name: 'commonName', value: 'app' }], { keySize: 2048 });
  const value = `:${new X509Certificate(cert).raw.toString('base64')}:`;
  const certificates = createClientCertificates({
    header: 'client-cert',
    proxies: ['10.0.0.0/8', 'fd00::/8'],
  });
  const from = (remoteAddress: string | undefined) =>
    certificates.of({ headers: { 'client-cert': value }, socket: { remoteAddress } as never })?.x5t.length;
  expect(['10.1.2.3', '::ffff:10.1.2.3', 'fd00::1'].map(from)).toEqual([43, 43, 43]);
  expect(['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', '', undefined].map(from)).toEqual(
    Array(5).fill(undefined),
  );
});

it('the settings name the header and its proxies together', () => {
  const header = { CLIENT_CERTIFICATE_HEADER: 'Client-Cert' };
  const proxies = { CLIENT_CERTIFICATE_PROXIES: '10.0.0.0/8, fd00::/8' };
  expect(readConfig({ ...header, ...proxies }).clientCertificates).toEqual({
    header: 'client-cert',
    proxies: ['10.0.0.0/8', 'fd00::/8'],
  });
  expect(readConfig({}).clientCertificates).toBeUndefined();
  for (const alone of [header, proxies, { ...header, CLIENT_CERTIFICATE_PROXIES: '10.0.0.1' }])
    expect(() => readConfig(alone)).toThrow('CLIENT_CERTIFICATE');
  expect([readConfig({}), readConfig({ DPOP_NONCE: 'required' })].map((one) => one.requireDpopNonce)).toEqual(
    [false, true],
  );
});

it('the names in a certificate are no certificate', async () => {
  const made = await Promise.all(
    ['mine', 'of another'].map((value) => generate([{ name: 'commonName', value }], { keySize: 2048 })),
  );
  const [mine = '', other = ''] = made.map(({ cert }) => encodeURIComponent(cert));
  const certificates = createClientCertificates({ header: 'client-cert', proxies: ['10.0.0.0/8'] });
  const of = (value: string) =>
    certificates.of({ headers: { 'client-cert': value }, socket: { remoteAddress: '10.1.2.3' } as never })
      ?.x5t;
  const x5t = of(mine);
  expect(x5t).toHaveLength(43);
  // Envoy copies the URI of the subjectAltName as it is.
  expect(of(`By=spiffe://mesh;Hash=00ff;Cert="${mine}";URI=urn:x;Cert="${other}"`)).toBe(x5t);
  expect(of(`Hash=00ff;URI=urn:x;Cert="${other}"`)).toBeUndefined();
});
