import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

// Alipay's RSA2: RSASSA-PKCS1-v1_5 with SHA-256, over text that must match to the character.

/** Returns the parameters with their signature, which covers the non-empty ones: sorted, joined, not encoded. */
export function signRequest(
  parameters: Readonly<Record<string, string>>,
  privateKey: string,
): Readonly<Record<string, string>> {
  const given = Object.entries(parameters).filter(([, value]) => value !== '');
  const content = given
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const signature = sign('RSA-SHA256', Buffer.from(content), privateKeyOf(privateKey)).toString('base64');
  return { ...Object.fromEntries(given), sign: signature };
}

/**
 * Returns the text of an answer's node if Alipay's signature over it is valid. The signature covers the exact characters,
 * so the node is never parsed and serialized before the check.
 */
export function signedNode(text: string, name: string, publicKey: string): string | undefined {
  const node = rawMember(text, name);
  const [, signature] = /"sign"\s*:\s*"([\w+/=\\]+)"\s*[,}]/.exec(text.replace(node ?? '', '')) ?? [];
  if (node === undefined || signature === undefined) return undefined;
  const claimed = Buffer.from(signature.replaceAll('\\/', '/'), 'base64');
  return verify('RSA-SHA256', Buffer.from(node), publicKeyOf(publicKey), claimed) ? node : undefined;
}

/** Returns the exact text of an object member of the outermost object. Only texts may precede it. */
export function rawMember(text: string, name: string): string | undefined {
  const texts = String.raw`(?:"\w+"\s*:\s*"(?:[^"\\]|\\.)*"\s*,\s*)*`;
  const [before] = new RegExp(String.raw`^\s*\{\s*${texts}"${name}"\s*:\s*(?=\{)`).exec(text) ?? [];
  if (before === undefined) return undefined;
  let depth = 0;
  let quoted = false;
  for (let at = before.length; at < text.length; at += 1) {
    const character = text[at];
    if (quoted && character === '\\') at += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === '{') depth += 1;
    else if (!quoted && character === '}') depth -= 1;
    if (depth === 0) return text.slice(before.length, at + 1);
  }
  return undefined;
}

/** Reads a private key in the form of Alipay's key tool (base64 of PKCS#8 or PKCS#1) or in PEM. @throws Error */
function privateKeyOf(text: string): KeyObject {
  if (text.includes('-----BEGIN')) return createPrivateKey(text);
  const der = { key: Buffer.from(text, 'base64'), format: 'der' } as const;
  try {
    return createPrivateKey({ ...der, type: 'pkcs8' });
  } catch {
    return createPrivateKey({ ...der, type: 'pkcs1' });
  }
}

function publicKeyOf(text: string): KeyObject {
  if (text.includes('-----BEGIN')) return createPublicKey(text);
  return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
}
