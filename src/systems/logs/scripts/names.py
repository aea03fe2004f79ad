"""Names: which files are of one log."""

STAMP = r"(?:19|20)\d\d-?(?:0[1-9]|1[0-2])-?[0-3]\d(?:[-_.T]?[\d:-]{1,9})?|\d{10}"
ROTATED = re.compile(r"(?P<base>.+?)[.-](?P<stamp>" + STAMP + r"|\d{1,4})(?P<gz>\.gz)?$")
ROTATED_STEM = re.compile(r"(?P<base>.+?)-(?P<stamp>" + STAMP + r")(?P<end>\.log)(?P<gz>\.gz)?$")


def rotated(name):
    """(base, stamp, compressed) of the name of a rotated file, else None."""
    found = ROTATED_STEM.match(name)
    if found:
        return found.group("base") + found.group("end"), found.group("stamp"), found.group("gz") is not None
    found = ROTATED.match(name)
    if found:
        return found.group("base"), found.group("stamp"), found.group("gz") is not None
    return None


def listed(directory, base):
    """Rotated files of a log as {name: inode}; of one that is being compressed only the one that is whole."""
    entries = []
    for entry in os.scandir(directory):
        parts = rotated(entry.name)
        if parts and parts[0] == base and entry.is_file(follow_symlinks=False):
            entries.append(entry)
    if len(entries) > SIBLINGS:
        # A process may not have many files open, and a log with a file for each hour may have thousands.
        entries = sorted(entries, key=lambda entry: entry.stat(follow_symlinks=False).st_mtime)[-SIBLINGS:]
    names = {entry.name: entry.inode() for entry in entries}
    return {name: inode for name, inode in names.items() if not (name.endswith(".gz") and name[:-3] in names)}


def in_order(names, times):
    """From the oldest to the newest: by their names where these agree on a style, else by when they were written."""
    stamps = {name: re.sub(r"\D", "", rotated(name)[1]) for name in names}
    if all(len(stamp) <= 4 for stamp in stamps.values()):
        return sorted(names, key=lambda name: -int(stamps[name]))
    if len({len(stamp) for stamp in stamps.values()}) == 1:
        return sorted(names, key=lambda name: stamps[name])
    return sorted(names, key=lambda name: times[name])


def numbered(path):
    """Whether a name ends with a bare number: it may be of a rotated file, and as well of an instance or a process."""
    return re.fullmatch(r".+[.-]\d{1,4}", os.path.basename(path)) is not None


def base_of(path):
    """The log that a file is a rotated one of, by its name; else None."""
    parts = rotated(os.path.basename(path))
    return None if parts is None else os.path.join(os.path.dirname(path), parts[0])


def series_of(path, base):
    """A pattern for the names of a log whose every file has a date, as findings give them."""
    quoted = glob.escape(base)
    if ROTATED_STEM.match(os.path.basename(path)):
        return quoted[: -len(".log")] + "-*.log*"
    return quoted + path[len(base)] + "*"
