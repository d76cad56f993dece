"""CPU seconds of a tree of processes. Of all figures, CPU per order depends least on what else the machine does."""

from __future__ import annotations

import psutil


def tree_seconds(pid: int) -> float:
    """User and system time of the process and of all below it, those that have ended included."""
    root = psutil.Process(pid)
    ended = root.cpu_times()
    return ended.children_user + ended.children_system + sum(_seconds(process) for process in tree(pid))


def tree(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)
