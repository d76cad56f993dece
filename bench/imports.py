"""A file of many rows, from its upload to its undoing: by the job that the back office leaves it to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from bench import servers

LIMIT_SECONDS: Final = 60
ROWS: Final = 50_000
"""As the limit is for; fewer where the shop has fewer products."""

SCRIPT: Final = """
import json, time
from inventory.imports import deciding
from inventory.imports.job import run_imports
from inventory.import_models import Import
from inventory.models import Product

skus = list(Product.objects.filter(archived_at=None).order_by("id").values_list("sku", flat=True)[:{rows}])
FILES = {{
    "products, each changed": ("products", "sku,name,price", lambda n: f"{{skus[n]}},Chair {{n}},1{{n % 9}}.50"),
    "products, each new": ("products", "sku,name,price,status", lambda n: f"NEW-{{n}},Red chair {{n}},9.90,active"),
    "counts of stock": ("stock", "sku,counted", lambda n: f"{{skus[n]}},{{2_000_000 + n % 10}}"),
}}

def seconds(ended):
    began = time.perf_counter()
    run_imports()
    it = Import.objects.get(pk=number)
    assert it.state == ended and not it.problems_found, (it.state, it.error, *it.problems.all()[:3])
    return time.perf_counter() - began

found = []
for what, (kind, header, line) in FILES.items():
    content = "\\n".join([header, *map(line, range(len(skus)))]).encode()
    number = deciding.upload(kind=kind, file_name="bench.csv", content=content, actor_id=1)
    checked = seconds("checked")
    deciding.confirm(import_id=number, actor_id=1)
    applied = seconds("applied")
    deciding.undo(import_id=number, actor_id=1)
    found.append([what, len(skus), checked, applied, seconds("undone")])
print(json.dumps(found))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Seconds."""

    what: str
    rows: int
    checked: float
    applied: float
    undone: float

    @property
    def met(self) -> bool:
        return max(self.checked, self.applied, self.undone) <= LIMIT_SECONDS


def measure(environment: servers.Environment, *, products: int) -> list[File]:
    script = SCRIPT.format(rows=min(ROWS, products))
    told = servers.manage(environment, "shell", "--no-imports", "-c", script)
    return [
        File(what=what, rows=rows, checked=checked, applied=applied, undone=undone)
        for what, rows, checked, applied, undone in json.loads(told.splitlines()[-1])
    ]
