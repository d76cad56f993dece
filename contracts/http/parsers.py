"""JSON as RFC 8259 has it: no NaN, decimals exact, and no body that breaks the parser."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class StrictJSONParser(JSONParser):
    """Numbers with a fraction come as Decimal, so that a price is the digits that were sent."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return json.loads(stream.read(), parse_float=Decimal, parse_constant=_refuse)
        except RecursionError as error:
            raise ParseError("Malformed JSON: nested too deep.") from error
        except ArithmeticError as error:
            raise ParseError("Malformed JSON: a number with an exponent beyond all measure.") from error
        except ValueError as error:
            raise ParseError(f"Malformed JSON: {error}.") from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
