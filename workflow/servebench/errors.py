"""The one exception that carries a message for the user."""


class ServebenchError(Exception):
    """What went wrong, where, and the remedy, in one line; shown without a traceback."""
