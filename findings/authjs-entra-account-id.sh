#!/usr/bin/env bash
# Guess: the account id that Auth.js keeps for Microsoft Entra ID is `oid`, the id of the person in the tenant, as Microsoft's pages on
#   ID token claims advise for applications, so that it is the same for each registration (client) of one operator.
# Seen (@auth/core 0.41.3): it is `sub`, which Entra makes anew for each client. The export of one application therefore names the person
#   by an id that another registration never sees, and neither `tid` nor `oid` is in the account row; only the ID token beside it,
#   where it is kept, has them. The picture in the user row is the photo itself, as a `data:` URL.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @auth/core@0.41.3 2>/dev/null
cat > see.mjs <<'JS'
import MicrosoftEntraID from '@auth/core/providers/microsoft-entra-id';

// The photo of Microsoft Graph; nothing else is asked for.
globalThis.fetch = async () => new Response(new Uint8Array([1, 2, 3]), { headers: { 'content-type': 'image/jpeg' } });

const person = {
  tid: '99999999-8888-4777-8666-555555555555',
  oid: '11111111-2222-4333-8444-555555555555',
  name: 'Ada',
  email: 'ada@example.com',
};
const lines = [];
for (const [client, sub] of [['one', 'pairwise-for-one'], ['two', 'pairwise-for-two']]) {
  const provider = MicrosoftEntraID({ clientId: client, clientSecret: 'secret' });
  const kept = await provider.profile({ ...person, sub }, { access_token: 'token' });
  lines.push(`client ${client}: id ${kept.id}, members ${Object.keys(kept).join(' ')}, image ${kept.image}`);
}
console.log(lines.join('\n'));
const wanted = [
  'client one: id pairwise-for-one, members id name email image, image data:image/jpeg;base64, AQID',
  'client two: id pairwise-for-two, members id name email image, image data:image/jpeg;base64, AQID',
];
process.exit(lines.join('\n') === wanted.join('\n') ? 0 : 1);
JS
node see.mjs
