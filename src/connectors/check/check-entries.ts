import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { Connector } from '../contract/contract.ts';
import type { Registration } from '../contract/registration.ts';
import { parameterFaults } from '../engine/authorize-parameters.ts';
import { type Finding, notTried, ok, toFix } from './finding.ts';

/** Checks the entered values without any request. */
export function checkEntries(connector: Connector, registration: Registration): readonly Finding[] {
  const { clientId, clientSecret, options, secrets } = registration;
  const { clientId: idShape, clientSecret: secretShape } = connector.registrationRules ?? {};
  const entered = [
    ...Object.entries(options),
    ...Object.entries(secrets).map(([name, value]) => [name, value.reveal()] as const),
  ];
  const optionFaults = [
    ...entered.flatMap(([name, value]) => {
      const fault = textFault(value);
      return fault === undefined ? [] : [toFix('options', `Option ${name} ${fault}`)];
    }),
    ...parameterFaults(connector, registration).map((fault) => toFix('options', fault)),
  ];
  return [
    findingOf('client-id', 'The client id', faultOf(clientId, idShape)),
    clientSecret === undefined
      ? withoutSecret(connector)
      : findingOf('client-secret', 'The client secret', faultOf(clientSecret.reveal(), secretShape)),
    ...(entered.length > 0 && optionFaults.length === 0
      ? [ok('options', 'They look as they should.')]
      : optionFaults),
  ];
}

function withoutSecret({ clientAuthentication }: Connector): Finding {
  return clientAuthentication === 'none'
    ? ok('client-secret', 'None is needed.')
    : notTried('client-secret', 'None is entered, which most providers refuse.');
}

function findingOf(check: Finding['check'], name: string, fault: string | undefined): Finding {
  return fault === undefined ? ok(check, `${name} looks as it should.`) : toFix(check, `${name} ${fault}`);
}

function faultOf(value: string, shape: RegExp | undefined): string | undefined {
  const fault = textFault(value);
  if (fault !== undefined || shape === undefined || shape.test(value)) return fault;
  return 'does not look like one of this provider’s: see whether it was copied whole, and from the right field.';
}

const marker = '-----BEGIN ';

/** Returns the typical fault of a pasted id, secret or key, or undefined. */
function textFault(value: string): string | undefined {
  if (value.includes(marker))
    return isKey(value) ? undefined : 'is a PEM key that cannot be read: enter the whole file.';
  if (value !== value.trim()) return 'begins or ends with white space: enter it again without.';
  if (/^(["'“‘]).*(["'”’])$/s.test(value)) return 'is in quotation marks: enter it again without.';
  return /[\0-\x08\x0e-\x1f\x7f\u200b-\u200f\ufeff]/.test(value)
    ? 'holds characters that cannot be seen: enter it again.'
    : undefined;
}

function isKey(pem: string): boolean {
  try {
    if (pem.includes('PRIVATE KEY')) createPrivateKey(pem);
    else createPublicKey(pem);
    return true;
  } catch {
    return false;
  }
}
