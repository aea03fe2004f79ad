"""Files: which ones hold what was not seen yet."""

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
    names = {}
    for entry in os.scandir(directory):
        parts = rotated(entry.name)
        if parts and parts[0] == base and entry.is_file(follow_symlinks=False):
            names[entry.name] = entry.inode()
    return {name: inode for name, inode in names.items() if not (name.endswith(".gz") and name[:-3] in names)}


def in_order(names, files):
    """From the oldest to the newest: by their names where these agree on a style, else by when they were written."""
    stamps = {name: re.sub(r"\D", "", rotated(name)[1]) for name in names}
    if all(len(stamp) <= 4 for stamp in stamps.values()):
        return sorted(names, key=lambda name: -int(stamps[name]))
    if len({len(stamp) for stamp in stamps.values()}) == 1:
        return sorted(names, key=lambda name: stamps[name])
    return sorted(names, key=lambda name: files[name].mtime)


def head_of(source, length):
    return source.read(0, length)


def said(error):
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


DAMAGE = (OSError, EOFError, zlib.error)


class Scan:
    def __init__(self, request):
        self.request = request
        self.findings = Findings(request["limits"])
        self.cursors, self.unread, self.lost = {}, [], []
        self.files = self.bytes = 0

    def note(self, where, log, why, path=None):
        """Of a log, by the name that findings give it, or of a pattern; `path` where it's another file of that log."""
        if len(where) < ENTRIES:
            where.append({"path": path or log, "log": log, "why": why[:300]})
        elif len(where) == ENTRIES:
            where.append({"path": "…", "log": "", "why": "and more of them"})

    def paths(self):
        """Logs by their real paths: {real: path}."""
        cursors = self.request["cursors"]
        found = {}
        for pattern in self.request["globs"]:
            matches = sorted(glob.glob(pattern))
            if not matches:
                self.note(self.unread, pattern, "nothing matches")
            for path in matches:
                name = os.path.basename(path)
                if name.endswith((".gz", ".xz", ".bz2", ".zst")) or self.is_rotated(path):
                    continue
                try:
                    found_stat = os.stat(path)
                except OSError as error:
                    if os.path.islink(path):
                        self.note(self.unread, path, "the link leads nowhere: " + said(error))
                    elif not isinstance(error, FileNotFoundError):
                        self.note(self.unread, path, said(error))
                    continue
                if not stat.S_ISREG(found_stat.st_mode):
                    if path in cursors:
                        self.note(self.unread, path, "it was a log, and is no file any more")
                        self.cursors[path] = cursors[path]
                    continue
                real = os.path.realpath(path)
                known = found.get(real)
                if known is None or (path in cursors and known not in cursors):
                    found[real] = path
        return found

    def is_rotated(self, path):
        parts = rotated(os.path.basename(path))
        if parts is None:
            return False
        base = os.path.join(os.path.dirname(path), parts[0])
        # A bare number behind a hyphen may as well be part of a name.
        plain = re.fullmatch(r".*-\d{1,4}", os.path.basename(path))
        return not plain or os.path.lexists(base) or base in self.request["cursors"]

    def run(self):
        found = self.paths()
        cursors = self.request["cursors"]
        for real, path in sorted(found.items(), key=lambda item: item[1]):
            self.log(path, real, cursors.get(path))
        for path in sorted(set(cursors) - set(found.values())):
            self.unmatched(path, cursors[path], found)
        return {
            "cursors": self.cursors,
            "groups": list(self.findings.groups.values()),
            "dropped": self.findings.dropped,
            "unread": self.unread,
            "lost": self.lost,
            "files": self.files,
            "bytes": self.bytes,
        }

    def unmatched(self, path, cursor, found):
        real = os.path.realpath(path)
        if os.path.lexists(path):
            # Read below another name, or not asked for this time.
            if real not in found and not os.path.isdir(path):
                self.cursors[path] = cursor
            return
        try:
            os.stat(os.path.dirname(path))
        except PermissionError as error:
            self.note(self.unread, path, said(error))
            self.cursors[path] = cursor
            return
        except OSError:
            pass
        self.log(path, real, cursor)

    def log(self, path, real, cursor):
        opened = []
        try:
            self.look(path, real, cursor, opened)
        except DAMAGE as error:
            self.note(self.unread, path, said(error))
            if cursor is not None:
                self.cursors[path] = cursor
        finally:
            for source in opened:
                source.close()

    def look(self, path, real, cursor, opened):
        try:
            live = Plain(real)
            opened.append(live)
            # Behind a link it's named by the link, as everywhere else.
            live.path = path
        except FileNotFoundError:
            if cursor is None:
                return
            live = None
        if live is not None and not live.regular:
            return
        if cursor is not None and cursor["head"]["length"] > 0 and live is not None and self.goes_on(live, cursor):
            self.read(path, [(live, cursor["offset"])], cursor)
            return
        older = self.siblings(path, real, live, opened)
        if cursor is None:
            self.first_sight(path, older, live)
            return
        newest = [] if live is None else [live]
        if cursor["head"]["length"] == 0:
            # There was nothing at all: no rotated file either.
            self.read(path, [(source, 0) for source in older + newest], cursor)
            return
        at = self.place(older, cursor)
        if at is not None:
            self.read(path, [(older[at], cursor["offset"])] + [(each, 0) for each in older[at + 1 :] + newest], cursor)
            return
        if live is None:
            how = "it was removed"
        else:
            how = "it was truncated" if live.id == cursor["file"] else "the file read before is gone"
        self.note(self.lost, path, "%s: what was written after byte %d is not known" % (how, cursor["offset"]))
        if older and (live is None or live.size == 0):
            # Which of the rotated files were there before can't be told: the newest marks all of them as read.
            self.cursors[path] = self.cursor(older[-1], BEYOND if older[-1].packed else older[-1].size)
            return
        if live is None:
            return
        self.read(path, [(live, 0)], None, True)

    @staticmethod
    def goes_on(source, cursor):
        """Whether it's the file of the cursor, not truncated since."""
        head = cursor["head"]
        return source.id == cursor["file"] and source.size >= cursor["offset"] and Scan.has_head(source, head)

    @staticmethod
    def has_head(source, head):
        data = head_of(source, head["length"])
        return len(data) == head["length"] and hashlib.sha256(data).hexdigest() == head["sha256"]

    def place(self, older, cursor):
        """Which rotated file is the one of the cursor: the same file, or a copy with the same first bytes."""
        places = [at for at, source in enumerate(older) if self.has_head(source, cursor["head"])]
        same = [at for at in places if older[at].id == cursor["file"]]
        return (same or places or [None])[-1]

    def siblings(self, path, real, live, opened):
        """The rotated files of a log that aren't empty, oldest first."""
        directory, base = os.path.split(real)
        for _ in range(5):
            files, gone = {}, False
            try:
                names = listed(directory, base)
            except FileNotFoundError:
                return []
            ids = {live.id} if live is not None else set()
            for name in names:
                full = os.path.join(directory, name)
                try:
                    source = (Unpacked if name.endswith(".gz") else Plain)(full)
                    opened.append(source)
                    gone = gone or int(source.id.split(":")[1]) != names[name]
                    if source.regular and source.size > 0 and source.id not in ids and head_of(source, 1):
                        ids.add(source.id)
                        files[name] = source
                except FileNotFoundError:
                    gone = True
                except DAMAGE as error:
                    why = "damaged: " + said(error) if name.endswith(".gz") else said(error)
                    self.note(self.unread, path, why, full)
            # They may have been renamed while they were opened.
            if not gone and listed(directory, base) == names:
                break
        return [files[name] for name in in_order(list(files), files)]

    def first_sight(self, path, older, live):
        since, budget = self.request["since"], self.request["limits"]["firstSightBytes"]
        parts = []
        newest = [] if live is None or live.size == 0 else [live]
        for source in reversed([each for each in older if each.mtime > since] + newest):
            if source.packed:
                try:
                    parts.append((source, self.begin_packed(source, since)))
                except DAMAGE as error:
                    # It must not keep the log beside it unread.
                    self.note(self.unread, path, "damaged: " + said(error), source.path)
                budget -= 1
                continue
            start = self.begin(path, source, since)
            if source.size - start > budget:
                self.note(self.lost, path, "too much for a first look: %s is read by its end only" % source.path)
                start = next_line(source, source.size - max(budget, 0), source.size)
            budget -= source.size - start
            parts.append((source, start))
        if parts:
            self.read(path, parts[::-1], None)

    def timed(self, source, start, end, limit=16 << 20):
        """The first line with a time that begins in this part: (offset, time), or None."""
        stop = min(end, start + limit)
        offset = start if start == 0 or source.read(start - 1, 1) == b"\n" else next_line(source, start, end)
        while offset < stop:
            line, after = line_at(source, offset, source.size)
            at = Line(line, self.request["now"]).at
            if at is not None:
                return offset, at
            offset = after
        return None

    def begin(self, path, source, since):
        """Where the lines of that time begin: logs are in the order of time."""
        if source.size == 0:
            return 0
        if self.timed(source, 0, source.size, WINDOW) is None:
            if self.timed(source, max(0, source.size - WINDOW), source.size) is None:
                if source.size <= UNTIMED:
                    return 0
                self.note(self.lost, path, "no times in %s: its last 64 MiB are read" % source.path)
                return next_line(source, source.size - UNTIMED, source.size)
        low, high = 0, source.size
        while high - low > WINDOW:
            middle = (low + high) // 2
            found = self.timed(source, middle, high)
            if found is None or found[1] >= since:
                high = middle
            else:
                low = found[0]
        offset = low
        while True:
            found = self.timed(source, offset, source.size, source.size)
            if found is None:
                return source.size
            if found[1] >= since:
                return found[0]
            offset = line_at(source, found[0], source.size)[1]

    def begin_packed(self, source, since):
        offset = 0
        while source.read(offset, 1):
            line, after = line_at(source, offset, BEYOND)
            at = time_of(line, self.request["now"])
            if at is not None and at >= since:
                return offset
            offset = after
            source.forget(offset)
        return offset

    def cursor(self, source, offset):
        data = head_of(source, HEAD if source.packed else min(HEAD, source.size))
        return {
            "file": source.id,
            "offset": offset,
            "size": min(source.size, BEYOND),
            "head": {"length": len(data), "sha256": hashlib.sha256(data).hexdigest()},
        }

    def read(self, path, parts, cursor, nothing=False):
        """
        Reads parts in turn. The last file with something in it is the one the next run goes on from: an empty log
        is left to be found behind it.
        """
        full = [part for part in parts if part[0].size > 0]
        if not full:
            if cursor is not None or nothing:
                self.cursors[path] = self.cursor(parts[-1][0], 0) if parts else cursor
            return
        for at, (source, start) in enumerate(full):
            last = at == len(full) - 1
            mark = self.cursor(source, 0)
            try:
                mark["offset"] = self.part(path, source, start, last, cursor)
            except DAMAGE as error:
                self.note(self.unread, path, said(error), source.path)
                if not last:
                    continue
                # A damaged file stays as it is; one that can't be read now may be read next time.
                mark["offset"] = BEYOND if source.packed else start
            self.cursors[path] = mark

    def part(self, path, source, start, last, cursor):
        """Reads one file from there; returns up to where it's done."""
        now = self.request["now"]
        self.files += 1
        if source.packed:
            region = Region(path, source, start, BEYOND, now, self.findings)
            try:
                region.read()
            finally:
                region.flush()
            self.bytes += max(0, source.end() - start)
            return max(start, source.end())
        end = source.size
        same = cursor is not None and cursor["file"] == source.id and cursor["size"] == source.size
        begin = start
        if start > 0 and start < end and source.read(start - 1, 1) != b"\n":
            # The head of this line was taken as it was.
            begin = next_line(source, start, end)
            if begin == end and source.read(end - 1, 1) != b"\n":
                return end if not last else start
        stop = last_newline(source, begin, end) if last else end
        if last and same and stop < end and self.is_finding(source, stop, end):
            stop = end
        region = Region(path, source, begin, stop, now, self.findings)
        region.read()
        unended = region.unended() if last and not same and stop == region.end else None
        region.flush()
        self.bytes += max(0, stop - start)
        if source.shrunk(end):
            self.note(self.lost, path, "it was truncated while it was read")
        return max(start, stop if unended is None else unended)

    def is_finding(self, source, start, end):
        line = Line(line_at(source, start, end)[0], self.request["now"])
        return line.level is not None or line.text.startswith(RAISED)


def main():
    request = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    answer = Scan(request).run()
    sys.stdout.write(json.dumps(answer) + "\n")


main()
