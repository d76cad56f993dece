"""How large a file may be. An import is one transaction, so it has an end."""

from __future__ import annotations

from typing import Final

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_ROWS: Final = 100_000
MOST_UNPACKED: Final = 200 * 1024 * 1024
"""Of an XLSX file, which is a ZIP file: a few kilobytes of it can unpack to gigabytes."""
MOST_PARTS: Final = 1000
MOST_COLUMNS: Final = 50
LONGEST_CELL: Final = 10_000
MOST_PROBLEMS: Final = 10_000
"""That are kept: whoever has more mends the first ones, and checks again."""
DAYS_KEPT: Final = 90
"""For so long, the file of an import can be checked again."""
