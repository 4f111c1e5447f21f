import { expect } from 'vitest';
import { checkMetadata } from '../check-metadata.ts';
import type { Module } from '../suite.ts';

export const oidccDiscoveryEndpointVerification: Module = {
  name: 'oidcc-discovery-endpoint-verification',
  async run(suite) {
    const answer = await fetch(`${suite.issuer}/.well-known/openid-configuration`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
    await checkMetadata(suite);
  },
};
