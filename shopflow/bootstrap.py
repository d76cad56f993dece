def ensure_environment() -> None:
    """Placeholder: the interpreter's packages are taken as they are."""
