"""Orders from many buyers at once, by wrk."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.options import CONNECTIONS
from bench.servers import HOST

SCRIPT: Final = """
local products, lines, run = {products}, {lines}, "{run}"
local tokens, count = {{}}, 0
local headers = {{ ["Content-Type"] = "application/json", ["X-Forwarded-Proto"] = "https" }}

function init()
    for token in io.lines("{tokens}") do tokens[#tokens + 1] = "Bearer " .. token end
    math.randomseed({seed})
end

local function line(product)
    return string.format('{{"product_id": %d, "quantity": 1}}', product)
end

local function body()
    local first = math.random(products)
    if lines == 1 then return line(first) end
    local items = {{}}
    for n = 1, lines do items[n] = line((first + n * 7) % products + 1) end
    return '{{"items": [' .. table.concat(items, ", ") .. ']}}'
end

function request()
    count = count + 1
    headers["Authorization"] = tokens[count % #tokens + 1]
    headers["Idempotency-Key"] = run .. "-" .. count
    return wrk.format("POST", "/api/v1/orders", headers, body())
end

function done(summary, latency)
    io.write(string.format('RESULT {{"answers": %d, "microseconds": %d, "refused": %d, "broken": %d, ' ..
        '"p50_ms": %.3f, "p99_ms": %.3f}}\\n', summary.requests, summary.duration, summary.errors.status,
        summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""
RESULT: Final = re.compile(r"^RESULT (.*)$", re.MULTILINE)


class MissingToolError(RuntimeError):
    """A program that the benchmark needs is not installed."""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw: `refused` are answers other than 2xx, `broken` are requests without an answer."""

    answers: int
    seconds: float
    refused: int
    broken: int
    p50_ms: float
    p99_ms: float


def require_wrk() -> None:
    if shutil.which("wrk") is None:
        raise MissingToolError("wrk is not installed. On Debian and Ubuntu: apt-get install wrk")


def place_orders(port: int, *, seconds: float, run: str, lines: int, products: int, tokens: Path) -> Load:
    script = tokens.with_name("orders.lua")
    script.write_text(SCRIPT.format(products=products, lines=lines, run=run, tokens=tokens, seed=sum(run.encode())))
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "--timeout", "30s", "-s", str(script)]
    output = subprocess.run([*command, f"http://{HOST}:{port}"], check=True, capture_output=True, text=True).stdout
    found = RESULT.search(output)
    if found is None:
        raise RuntimeError(f"wrk gave no result:\n{output}")
    result = json.loads(found[1])
    return Load(seconds=result.pop("microseconds") / 1e6, **result)
