"""Names of tables."""


def truncate_name(name, length):
    """Short names stay."""
    return name[:length]
