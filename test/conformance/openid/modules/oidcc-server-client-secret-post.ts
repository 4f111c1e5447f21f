import { expect } from 'vitest';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccServerClientSecretPost: Module = {
  name: 'oidcc-server-client-secret-post',
  async run(suite) {
    expect(suite.metadata.token_endpoint_auth_methods_supported).toContain('client_secret_post');
    await signIn(suite, { client: { ...suite.client, authentication: 'client_secret_post' } });
  },
};
