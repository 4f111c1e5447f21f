// Tokens that other products have encrypted. No secret and no token of them is real.

// Made by `setTokenUtil` of better-auth 1.7.25, with these secrets.
export const first = 'fixture-secret-of-better-auth-no-real-one';
export const second = 'fixture-secret-second-version-no-real-one';
export const plainly = {
  google:
    '94dac45eae4306eadae295f4466e488907058e7f4fbbbfa220f23396c8640e173e1c6b30ebf59401c26abff4e5f709a5af6c2189eac55f3a3fd8',
  refresh:
    '46dde52e1fcb5198cb86cd4e2c55129eb0a6a13a837a6ff012cdfdfb4d35e43c04772286c7f72bc9b7ff64c150fe7d738842c85645012b9184',
  github:
    'ed252e5605232f70fa881172d89dd3e76edd2af55dc4e7209503f757266f3e225c0f4d19543882dcbfdec7aa38a9accdcd92',
  /** The claims are {"sub":"1","aud":"someone-else"}. */
  idToken:
    'c70be0386a9b29e9cf476e9abd1999c4bfe3380dfa811b8bd5bc7f8f1bc9dbace6b72adc783c39a013bda0cbdffb4dd1fcb9ca6b9d7ad33fe2019c5b9e936a38739c542bec89df7555ce4878cc0b076b72f2187ee05cd1894952f6ffaa11970e0a659ef5f38357e9',
};
export const oddSecret = '7:fixture-plain-secret-with-a-colon';
export const sealedWithOddSecret =
  '93f805d11f65bea6be5f4cc5f5d11eabf20ef6bef3117fecf485976f9066c6f58c51d6d4de48b753195e22c20bc48ab10c';
export const versioned = {
  second:
    '$ba$2$2246c6319cb032f4e49d88b39b94073f9cb1fa46dac6682df403c04aebfb4482f25bb57aea877cc98d29b8bea0c1bc27d7c8',
  first:
    '$ba$1$08965125c08cdb9aba6dc00624eba8d19e413cdb558e72f7eb021cbfdd4f5818ef141714a0f65f426e8e053f5311bb796e',
};

// Made by `encryptTokenResponse` of @logto/core 1.42.0 (with @logto/schemas 1.43.0), with this key.
export const kek = 'Zml4dHVyZS1rZWstb2YtMzItYnl0ZXMtbm8tcmVhbDE=';
export const vaultOfGoogle = {
  encrypted_dek:
    '\\x4c1c5d96a87f2b6c602944f489c8d046bf52f543c5a90b9982e1217c2791daae1dd20e1e8061d6166c80d03651979078de4d768014679bb751033fd8',
  iv: '\\xd45369edd8d2a03cfc0694fc',
  auth_tag: '\\xc2f454a067bca8a7ddcf4a109e10c4c1',
  ciphertext:
    '\\x88866d320852d0a1e8bc880f6f55dcb73cb3b8c729a77ea1604ceb67bc5a544106409a66677ca02407f6747f3aaacef3e12f0cac80ec66d898e5ba5845dccd5275b830494d88d90e49622b6bbd215d6363b005e54dabe6ce4dd74cf4eff31d0bc789210706d30cd622ee076f1667147c7498842ebe195b8592c12690240f',
};
export const vaultOfGitHub = {
  encrypted_dek:
    '\\xb1638250eae3348155a9a258f6e20a11e28d4b86a1f500655d4552b32c6506b63c762f9747a455779042548a4cafbb532e323a3222307b3b278a356d',
  iv: '\\x8196704f5eddc322657fe7b3',
  auth_tag: '\\x89127f47ee772eff138006c9594ebdc6',
  ciphertext: '\\x2c46169e9a59a2e5f6dcee3023bdb05cd5c1987a15f9670647720218',
};
