"""A real HTTP server that publishes keys, as users does: to be stopped, started again, slowed and given other keys."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm


class Signer:
    """A key, and tokens that it signs."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        self._key: RSAPrivateKey = generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def jwk(self) -> dict[str, Any]:
        public = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {**public, "use": "sig", "alg": "RS256", "kid": self.key_id}

    def token(self, claims: dict[str, Any], **header: str) -> str:
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self.key_id, **header})


class KeyServer:
    def __init__(self, *signers: Signer) -> None:
        self.asked = 0
        self.status = 200
        self.open = threading.Event()
        """Cleared: it takes questions and does not answer."""
        self.open.set()
        self.publish(*signers)
        self._server: ThreadingHTTPServer | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._address = free.getsockname()
        self.url = f"http://127.0.0.1:{self._address[1]}/.well-known/jwks.json"

    def publish(self, *signers: Signer) -> None:
        self.body = json.dumps({"keys": [signer.jwk for signer in signers]}).encode()

    def start(self) -> None:
        self._server = ThreadingHTTPServer(self._address, self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """From then on nobody listens at the address."""
        self.open.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        keys = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                keys.asked += 1
                keys.open.wait(30)
                with suppress(OSError):  # whoever asked may be gone
                    self.send_response(keys.status)
                    self.end_headers()
                    self.wfile.write(keys.body)

            def log_message(self, *_: Any) -> None: ...

        return Handler
