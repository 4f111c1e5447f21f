import { UpstreamError } from '../contract/failures.ts';
import { unreachable } from '../engine/discovery.ts';
import { createUpstream, flowValues, type UpstreamDeps } from '../engine/upstream.ts';
import { type Finding, notTried, ok, toFix } from './finding.ts';

const silences = ['unreachable', 'timeout', 'refused-address', 'insecure'];

/** Requests tokens with an invented code. The refusal shows whether the client was accepted. */
export async function checkTokenEndpoint(deps: UpstreamDeps, answers: () => number): Promise<Finding> {
  const { connector, registration } = deps;
  if (connector.callback?.signed)
    return notTried('token-endpoint', 'The provider signs its callbacks, so a made-up code cannot be tried.');
  const before = answers();
  const code = 'made-up-by-connections-check';
  try {
    await createUpstream(deps).signIn({
      code,
      verifier: connector.pkce === 'unsupported' ? undefined : flowValues.verifier(),
      nonce: connector.family === 'oidc' ? flowValues.nonce() : undefined,
      iss: connector.statesIssuer ? registration.issuer : undefined,
      callback: { code },
    });
    return toFix('token-endpoint', 'It accepted a made-up code: this is not the provider.');
  } catch (error) {
    if (error instanceof UpstreamError)
      return findingOf(error, registration.endpoints.token, answers() > before);
    return toFix(
      'token-endpoint',
      'The request could not be made of what is entered: check keys and options.',
    );
  }
}

function findingOf({ failure, code, status }: UpstreamError, address: string, answered: boolean): Finding {
  const said = [status && `status ${status}`, code].filter(Boolean).join(', ');
  if (code !== undefined && silences.includes(code))
    return toFix('token-endpoint', unreachable(address, code));
  if (!answered)
    return toFix(
      'token-endpoint',
      'The request could not be made of what is entered: check secret, keys and options.',
    );
  switch (failure.kind) {
    case 'code-spent':
      return ok('token-endpoint', 'It refused only the made-up code: client id and secret were taken.');
    case 'misconfigured':
      return toFix(
        'token-endpoint',
        `It refused the client (${said}): check client id, secret, and what is registered there.`,
      );
    case 'unavailable':
    case 'rate-limited':
      return notTried('token-endpoint', `The provider is not available now (${said}): try again later.`);
    default:
      return notTried('token-endpoint', `Its answer says nothing about the client (${said || 'no reason'}).`);
  }
}
