"""The filter of the gateway's template: any value as JSON, which YAML reads as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.template import Library

register = Library()


@register.filter
def quoted(value: Any) -> str:
    return json.dumps(
        dict(value) if isinstance(value, Mapping) else value if isinstance(value, (int, list, tuple)) else str(value)
    )
