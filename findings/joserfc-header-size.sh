#!/usr/bin/env bash
# Guess: joserfc reads a DPoP proof (RFC 9449) of every algorithm that it knows, since a proof carries its public key in the header.
# Seen (joserfc 1.8.0): `jwt.encode` makes a proof with an RSA key of 2048 bits, and `jwt.decode` refuses it with
#   ExceededSizeError: the header may have 512 bytes, and the key alone has about 390, 520 in base64. A proof with P-256 passes.
#   A subclass of JWSRegistry with a larger `max_header_length` reads both.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target packages joserfc==1.8.0
cat > see.py <<'PY'
import sys
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey


class Wider(jws.JWSRegistry):
    max_header_length = 4096


def read(algorithm, key, registry=None):
    header = {"alg": algorithm, "typ": "dpop+jwt", "jwk": key.as_dict(private=False)}
    proof = jwt.encode(header, {"jti": "j", "htm": "GET"}, key, algorithms=[algorithm])
    try:
        jwt.decode(proof, key, algorithms=[algorithm], registry=registry)
        return "read"
    except JoseError as error:
        return type(error).__name__


rsa = RSAKey.generate_key(2048)
seen = [read("ES256", ECKey.generate_key("P-256")), read("RS256", rsa), read("RS256", rsa, Wider(algorithms=["RS256"]))]
print("P-256, RSA, RSA with a wider registry:", *seen)
sys.exit(seen != ["read", "ExceededSizeError", "read"])
PY
PYTHONPATH=packages python3 see.py
