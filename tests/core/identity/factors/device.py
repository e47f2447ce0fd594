"""A device that holds passkeys, in software: what it answers is signed as a real one's is."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One device with one key. `origin` is where its browser believes to be."""

    origin: str
    count: int = 0
    verifies: bool = True
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def make(self, options: dict[str, Any]) -> str:
        """The answer of `navigator.credentials.create`."""
        data = self._data(options["rp"]["id"], ATTESTED) + bytes(16)
        data += len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(self._public())
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options)
        return self._answer(
            clientDataJSON=client, attestationObject=attestation, transports=["internal", "odd"]
        )

    def prove(self, options: dict[str, Any]) -> str:
        """The answer of `navigator.credentials.get`."""
        self.count += 1
        data = self._data(options["rpId"], 0)
        client = self._client("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _data(self, host: str, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        head = hashlib.sha256(host.encode()).digest()
        return head + bytes([flags]) + self.count.to_bytes(4, "big")

    def _public(self) -> dict[int, Any]:
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        return {1: 2, 3: -7, -1: 1, -2: x, -3: y}

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(said).encode()

    def _answer(self, **response: Any) -> str:
        name = bytes_to_base64url(self.id)
        packed = {
            key: bytes_to_base64url(value) if isinstance(value, bytes) else value
            for key, value in response.items()
        }
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": packed})
