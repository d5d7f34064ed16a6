"""The one exception that carries a message for the user, and what the system says in the user's words."""

import errno

REMEDIES = {
    errno.ENOSPC: "make room on that disk and run again; what was measured is kept",
    errno.EDQUOT: "make room on that disk and run again; what was measured is kept",
    errno.EROFS: "this place can only be read: work in a checkout on a disk that can be written to",
    errno.EACCES: "get the right to write there, or work in a checkout of your own",
    errno.EPERM: "get the right to write there, or work in a checkout of your own",
    errno.ENOENT: "it is not there, or was deleted meanwhile: run again, which makes anew what a study deletes",
    errno.EEXIST: "a file stands where a folder is needed: move it away",
    errno.ENOTDIR: "a file stands where a folder is needed: move it away",
}


class ServebenchError(Exception):
    """What went wrong, where, and the remedy, in one line; shown without a traceback."""


def describe_os_error(error: OSError) -> str | None:
    """What the system refused, where, and the remedy, in one line; None where no remedy is known."""
    remedy = REMEDIES.get(error.errno or 0)
    if remedy is None:
        return None
    # Copying names its source first.
    place = error.filename2 or error.filename
    where = f"{place}: " if place is not None else ""
    return f"{where}{error.strerror}: {remedy}"
