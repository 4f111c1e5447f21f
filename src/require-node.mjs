// Runs under whatever Node there is.

const [major] = process.versions.node.split('.').map(Number);

if (major < 24) {
  console.error(
    `symbolon: Node ${process.versions.node} cannot run this, which needs Node 24 or newer: use npm start or npm run symbolon, which take the Node that npm ci has installed`,
  );
  process.exit(1);
}
