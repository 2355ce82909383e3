"""What is raised where a table of upsets cannot be used."""


class UpsetFileError(ValueError):
    """A table of upsets that cannot be used; the message says why, and what is expected."""
