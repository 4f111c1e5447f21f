import { expect } from 'vitest';
import { authorize } from '../authorize.ts';
import { checkError } from '../checks.ts';
import type { Module } from '../suite.ts';

export const oidccRequestUriUnsignedSupportedCorrectlyOrRejectedAsUnsupported: Module = {
  name: 'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported',
  async run(suite) {
    const request = { request_uri: 'https://first.example/request.jwt' };
    checkError(await authorize(suite, { request }), 'request_uri_not_supported');
    expect(suite.metadata.request_uri_parameter_supported).toBe(false);
    return {
      result: 'skipped',
      why: 'no address is fetched; the answer is request_uri_not_supported',
    };
  },
};
