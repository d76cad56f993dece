"""From the command line to the last line: one shop per folder, ended in order by whoever asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shopflow.local_run.console import Console
from shopflow.local_run.errors import CannotStart
from shopflow.local_run.lock import AlreadyHeldError
from shopflow.local_run.preparing import only_here
from shopflow.local_run.stopping import Stopping, StopRequested


@contextmanager
def session(console: Console) -> Iterator[Stopping]:
    stopping = Stopping()
    stopping.listen()
    try:
        with only_here():
            yield stopping
    except AlreadyHeldError as other:
        raise CannotStart(
            f"ShopFlow already runs in this folder (process {other.holder}). Stop it first, or set SHOPFLOW_STATE."
        ) from None
    except PermissionError as error:
        whose = f"{error.filename} belongs to another user" if error.filename else str(error)
        raise CannotStart(f"{whose}: who started ShopFlow here before?") from None
    except StopRequested:
        pass
    finally:
        stopping.over()
    console.say("stopped; nothing is left running")
