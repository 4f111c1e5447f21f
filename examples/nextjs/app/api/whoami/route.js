import { AccessRefusedError, createVerifier } from '@symbolon/client/verifier';

const { ISSUER, API = 'https://api.example' } = process.env;
let verifier;

// An API of our own, which takes the broker's tokens.
export async function GET(request) {
  verifier ??= createVerifier({ issuer: ISSUER, audience: API });
  try {
    const { subject } = await verifier.authenticate(request.headers.get('authorization'));
    return Response.json({ user: subject });
  } catch (error) {
    if (!(error instanceof AccessRefusedError)) throw error;
    return new Response(null, { status: error.status, headers: error.headers });
  }
}
