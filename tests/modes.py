"""The two ways in which the whole shop runs; a suite that is true of the shop is true of both."""

from __future__ import annotations

import pytest

ONE_PROCESS, SPLIT = "up", "up_split"
"""The commands."""

BOTH = [pytest.param(mode, marks=pytest.mark.xdist_group(mode)) for mode in (ONE_PROCESS, SPLIT)]
"""For `params`: all that asks the shop of one mode runs in one worker, so that each is started once."""
