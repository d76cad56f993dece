"""The filter of the gateway's template: any value as JSON, which YAML reads as it is."""

from __future__ import annotations

import json
from typing import Any

from django.template import Library

register = Library()


@register.filter
def quoted(value: Any) -> str:
    return json.dumps(value, default=str)
