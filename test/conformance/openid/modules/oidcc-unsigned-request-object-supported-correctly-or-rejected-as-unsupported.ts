import { UnsecuredJWT } from 'jose';
import { expect } from 'vitest';
import { authorize } from '../authorize.ts';
import { checkError } from '../checks.ts';
import type { Module } from '../suite.ts';

export const oidccUnsignedRequestObjectSupportedCorrectlyOrRejectedAsUnsupported: Module = {
  name: 'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported',
  async run(suite) {
    const request = new UnsecuredJWT({ client_id: suite.client.id, response_type: 'code', scope: 'openid' });
    checkError(await authorize(suite, { request: { request: request.encode() } }), 'invalid_request_object');
    expect(suite.metadata.request_parameter_supported).toBe(true);
    expect(suite.metadata.request_object_signing_alg_values_supported).not.toContain('none');
    return { result: 'skipped', why: 'request objects must be signed; the answer is invalid_request_object' };
  },
};
