import { authorize } from '../authorize.ts';
import { checkError } from '../checks.ts';
import type { Module } from '../suite.ts';

export const oidccResponseTypeMissing: Module = {
  name: 'oidcc-response-type-missing',
  async run(suite) {
    const refused = await authorize(suite, { request: { response_type: undefined } });
    checkError(refused, 'unsupported_response_type', 'invalid_request');
  },
};
