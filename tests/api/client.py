"""A plain HTTP client: what anyone who has read the table of the API would write."""

from __future__ import annotations

import http.client
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

UNSET: Any = object()


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    """By lower-case name."""
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def code(self) -> Any:
        return self.body["code"]


class Client:
    def __init__(self, base_url: str, token: str | None = None) -> None:
        self.base_url = base_url
        self.token = token

    def bearing(self, token: str) -> Client:
        return Client(self.base_url, token)

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def post(self, path: str, body: Any = UNSET, **headers: str) -> Answer:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any) -> Answer:
        return self.send("PATCH", path, body)

    def put(self, path: str, body: Any) -> Answer:
        return self.send("PUT", path, body)

    def delete(self, path: str) -> Answer:
        return self.send("DELETE", path)

    def send(self, method: str, path: str, body: Any = UNSET, **headers: str) -> Answer:
        """`body` as JSON, or bytes as they are; headers with underscores for their dashes."""
        content = body if isinstance(body, bytes) else None if body is UNSET else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} if content is not None else {}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        where = urlsplit(self.base_url)
        secure = where.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(where.hostname or "", where.port, timeout=30)
        try:
            with suppress(BrokenPipeError):  # refused before all of it was sent: the answer is there all the same
                connection.request(method, where.path.rstrip("/") + path, content, sent)
            response = connection.getresponse()
            received = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, received, response.read())
        finally:
            connection.close()
