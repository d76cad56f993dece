"""Redis as the compose file starts it."""

from __future__ import annotations

import psutil
import pytest
import redis

from tests.deploy.redis_server import PASSWORD, RedisServer


def test_it_wants_the_password_and_shows_it_to_nobody(redis_server: RedisServer) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
    with redis.Redis(port=redis_server.port) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    assert PASSWORD not in " ".join(psutil.Process(redis_server.pid).cmdline())
