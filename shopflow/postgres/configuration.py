"""How the server is made and run, and whom it lets in."""

from __future__ import annotations

from shopflow.postgres.address import PORT, ROLE

INITDB = (
    f"--username={ROLE}",
    "--auth=trust",  # until the first start, which writes ACCESS
    "--encoding=UTF8",
    "--locale-provider=builtin",  # the same order and case on every machine, whatever the system has installed
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--no-instructions",
)
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "600",  # the tests' threads hold one each, in each database
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "cluster_name": "shopflow",
}
DISPOSABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""For data that nobody misses: a power failure may destroy it."""

ACCESS = f"""\
# Written at each start.
# The superuser: whoever can open the socket, whose directory lets only the server's user (and root) in.
local  all  {ROLE}  trust
# A context's role shows its password, so that a service gets into its own database alone.
local  all  all       scram-sha-256
"""
"""pg_hba.conf"""
