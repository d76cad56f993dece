"""Writes an XLSX file of one sheet, bit by bit. Libraries write the whole of it to a disk first: a download would begin
after half a minute.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final
from xml.sax.saxutils import escape

Value = str | int | Decimal | None

NOT_IN_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
DOCUMENT: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PARTS: Final = {
    "[Content_Types].xml": f"""{HEAD}<Types xmlns="{PACKAGE}/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Override PartName="/xl/workbook.xml" ContentType="{OFFICE}.sheet.main+xml"/>\
<Override PartName="/xl/styles.xml" ContentType="{OFFICE}.styles+xml"/>\
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{OFFICE}.worksheet+xml"/></Types>""",
    "_rels/.rels": f"""{HEAD}<Relationships xmlns="{PACKAGE}/relationships">\
<Relationship Id="rId1" Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>""",
    "xl/workbook.xml": f"""{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}">\
<sheets><sheet name="ShopFlow" sheetId="1" r:id="rId1"/></sheets></workbook>""",
    "xl/_rels/workbook.xml.rels": f"""{HEAD}<Relationships xmlns="{PACKAGE}/relationships">\
<Relationship Id="rId1" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/>\
<Relationship Id="rId2" Type="{DOCUMENT}/styles" Target="styles.xml"/></Relationships>""",
    "xl/styles.xml": f"""{HEAD}<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts>\
<fills count="2"><fill><patternFill patternType="none"/></fill>\
<fill><patternFill patternType="gray125"/></fill></fills>\
<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>\
<cellXfs count="3"><xf/><xf numFmtId="2" applyNumberFormat="1"/><xf numFmtId="49" applyNumberFormat="1"/></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>""",
}
"""Two formats of cells: 1 is for amounts, 2 for text, which a spreadsheet then leaves alone when it is typed over."""
SHEET: Final = "xl/worksheets/sheet1.xml"
BEGIN: Final = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>'
END: Final = "</sheetData></worksheet>"


class _Sent(io.RawIOBase):
    """What has been written since it was last taken. It cannot seek, so nothing is written twice."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(self._pieces[-1])

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def sheet(batches: Iterable[Sequence[Sequence[Value]]]) -> Iterator[bytes]:
    sent = _Sent()
    with zipfile.ZipFile(sent, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        with archive.open(SHEET, "w") as out:
            out.write(BEGIN.encode())
            for rows in batches:
                out.write("".join(map(_row, rows)).encode())
                yield sent.take()
            out.write(END.encode())
    yield sent.take()


def _row(values: Sequence[Value]) -> str:
    return f"<row>{''.join(map(_cell, values))}</row>"


def _cell(value: Value) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, str):
        text = escape(NOT_IN_XML.sub("\ufffd", value), {"\r": "&#13;"})
        return f'<c s="2" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    return f'<c s="1"><v>{value}</v></c>' if isinstance(value, Decimal) else f"<c><v>{value}</v></c>"
