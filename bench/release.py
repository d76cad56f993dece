"""The release before this one, from the project's own history: what was fast then has to be fast now."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from bench import products, servers
from bench.orders import BEFORE, PRODUCTS, STOCK, Side, shopflow
from bench.postgres import ROOT, Cluster
from bench.servers import Server

COMMIT = "bbe071a"
"""The last one before orders could be paid for. It runs in the environment of today: the same Python and libraries."""
PREFIX = "before"
DATABASES = tuple(f"{PREFIX}_{context}" for context in servers.CONTEXTS)


@contextmanager
def serving(cluster: Cluster) -> Iterator[Server]:
    """On databases of its own in the same server, with the same products."""
    root = _unpacked(cluster.state / "release-before")
    environment = servers.shopflow_environment(cluster, prefix=PREFIX)
    servers.manage(environment, "migrate", "--verbosity", "0", root=root)
    products.fill_shop(cluster, products=PRODUCTS, stock=STOCK, database=f"{PREFIX}_inventory")
    with servers.serving(servers.SHOPFLOW, environment, cluster, root=root) as server:
        yield server


def _unpacked(root: Path) -> Path:
    archive = subprocess.run(["git", "archive", "--format=tar", COMMIT], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as tar:
        tar.extractall(root, filter="data")
    return root


def side(server: Server) -> Side:
    return shopflow(server, BEFORE, database=f"{PREFIX}_orders")
