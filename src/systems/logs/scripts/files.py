"""Files: which ones hold what was not seen yet."""

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
        # {path: pattern} of logs whose every file has a date: the path, which no file has, is the key of the cursor.
        self.series = {}
        self.taken_over, self.replaced = set(), []

    def note(self, where, log, why, path=None):
        """Of a log, by the name that findings give it, or of a pattern; `path` where it's another file of that log."""
        log = self.series.get(log, log)
        remark = {"path": path or log, "log": log, "why": why[:300]}
        if remark in where:
            return
        if len(where) < ENTRIES:
            where.append(remark)
        elif len(where) == ENTRIES:
            where.append({"path": "…", "log": "", "why": "and more of them"})

    def paths(self):
        """Logs by their real paths: {real: path}."""
        found, barren = {}, []
        for pattern in self.request["globs"]:
            matches = sorted(glob.glob(pattern))
            if not matches:
                self.note(self.unread, pattern, "nothing matches")
            # What is no log, and is noted by the pattern alone.
            others = [self.match(path, found) for path in matches]
            if matches and None not in others:
                barren.append((pattern, others))
        for path in self.replaced:
            if path not in self.series:
                self.note(self.unread, path, "it was a log, and is no file any more")
                self.cursors[path] = self.request["cursors"][path]
        for real in [real for real in found if os.path.islink(found[real])]:
            base = base_of(real)
            if base in found and found[base] in self.series:
                del found[real]  # a link to a file of a series, often the newest
        gone = [path for path in self.request["cursors"] if not os.path.lexists(path)]
        logs = set(found) | set(map(os.path.realpath, gone))
        for pattern, others in barren:
            if not any(base is not None and os.path.realpath(base) in logs for base, _ in others):
                kinds = " and ".join(sorted({kind for _, kind in others}))
                self.note(self.unread, pattern, "no log is among what matches: " + kinds)
        return found

    def match(self, path, found):
        """
        Adds the log of a file that a pattern matches. Where it is none: (the log that it is a rotated file of, what it
        is); None where that was noted.
        """
        cursors = self.request["cursors"]
        base = base_of(path)
        if path.endswith((".gz", ".xz", ".bz2", ".zst")):
            return base, "compressed files"
        rotated_file = self.is_rotated(path)
        try:
            found_stat = os.stat(path)
        except OSError as error:
            if os.path.islink(path):
                self.note(self.unread, path, "the link leads nowhere: " + said(error))
            elif not isinstance(error, FileNotFoundError):
                self.note(self.unread, path, said(error))
            else:
                return base, "files that are gone"
            return None
        if not stat.S_ISREG(found_stat.st_mode):
            if path in cursors:
                self.replaced.append(path)
            elif stat.S_ISDIR(found_stat.st_mode):
                return None, "directories"
            else:
                self.note(self.unread, path, "it is no file")
            return None
        if rotated_file:
            return base, "rotated files of logs that no pattern names"
        real = os.path.realpath(path)
        if base is not None and not numbered(path) and not os.path.islink(path):
            # Each file of this log has a date: they are the rotated ones of a log that isn't there.
            real = os.path.join(os.path.dirname(real), os.path.basename(base))
            self.series[base] = series_of(path, base)
            path = base
        known = found.get(real)
        if known is None or (path in cursors and known not in cursors):
            found[real] = path
        return None

    def is_rotated(self, path):
        """Whether it is a rotated file of a log that is there or, where only a number tells so, that was there before."""
        base = base_of(path)
        if base is None:
            return False
        if os.path.lexists(base) and not os.path.isdir(base):
            return True
        return numbered(path) and base in self.request["cursors"]

    def run(self):
        found = self.paths()
        cursors = self.request["cursors"]
        moved = self.moved(found)
        for real, path in sorted(found.items(), key=lambda item: item[1]):
            self.log(path, real, moved.get(path) or cursors.get(path) or self.take_over(path))
        for path in sorted(set(cursors) - set(found.values()) - self.taken_over):
            self.unmatched(path, moved.get(path) or cursors[path], found)
        return {
            "cursors": self.cursors,
            "groups": list(self.findings.groups.values()),
            "dropped": self.findings.dropped,
            "unread": self.unread,
            "lost": self.lost,
            "files": self.files,
            "bytes": self.bytes,
        }

    def moved(self, found):
        """
        Cursors of numbered files that are logs of their own and were renamed to each other's names, as Java does with
        x.log.0: they follow the files.
        """
        cursors, families, moved = self.request["cursors"], {}, {}
        for path in set(cursors) | set(found.values()):
            if numbered(path) and not self.is_rotated(path):
                families.setdefault(base_of(path), []).append(path)
        for family in families.values():
            places = {}
            for path in family:
                try:
                    source = Plain(path)
                except OSError:
                    continue
                try:
                    if source.regular:
                        known = [each for each in family if each in cursors]
                        before = [each for each in known if self.goes_on(source, cursors[each])]
                        before = before or [each for each in known if self.same_log(source, cursors[each])]
                        places[path] = path if path in before else (before or [None])[0]
                except OSError:
                    pass
                finally:
                    source.close()
            if all(before in (None, path) for path, before in places.items()):
                continue
            for path, before in places.items():
                # What was not there before is read from its start.
                moved[path] = cursors[before] if before else NOTHING
            # The oldest one is dropped: it was written long ago.
            self.taken_over.update(path for path in family if path in cursors and path not in places)
        return moved

    def take_over(self, path):
        """The cursor of a log's newest numbered file, which was a log of its own as long as this one was missing."""
        cursors = self.request["cursors"]
        names = [each for each in cursors if numbered(each) and base_of(each) == path]
        self.taken_over.update(names)
        return cursors[min(names, key=lambda name: int(re.search(r"\d+$", name).group()))] if names else None

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
            if cursor is None and path not in self.series:
                return
            live = None
        if live is not None and not live.regular:
            if path not in self.series:
                return
            live = None
        if cursor is not None and cursor["head"]["length"] > 0 and live is not None and self.goes_on(live, cursor):
            self.read(path, [(live, cursor["offset"])], cursor)
            return
        older = self.siblings(path, real, live, opened, cursor)
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
        if live is not None and self.same_log(live, cursor):
            self.read(path, [(live, cursor["offset"])], cursor)
            return
        if live is None and path not in self.series:
            how = "it was removed"
        else:
            how = "it was truncated" if live and live.id == cursor["file"] else "the file read before is gone"
        self.note(self.lost, path, "%s: what was written after byte %d is not known" % (how, cursor["offset"]))
        if path in self.series and older:
            inodes = listed(*os.path.split(real)).values()
            if older[-1].id == cursor["file"] or int(cursor["file"].split(":")[1]) not in inodes:
                # The cursor was in the newest file: what is the newest now came later, or was written anew.
                self.read(path, [(older[-1], 0)], None, True)
                return
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
    def same_log(source, cursor):
        """
        Whether another file has what was read, as after cp and mv, sed -i, a restore, or a reboot that gave the device
        another number. A rotated file with this head was looked for before: what was written last may be there.

        A head is shorter than HEAD only where it was the whole file, so that going on misses nothing of what the new
        one has; but one of less than 64 bytes may be a banner or no more than a date, as another log has it too, and
        what was lost with the one before would not be said. To read so little again costs a line. Of a longer file the
        bytes behind the head are not known to be the same: that a line ends at the offset, as in the one before, tells
        it from most other ones that begin alike.
        """
        head, offset = cursor["head"], cursor["offset"]
        if head["length"] < SURE or source.size < offset or not Scan.has_head(source, head):
            return False
        return offset == 0 or source.read(offset - 1, 1) == b"\n"

    @staticmethod
    def has_head(source, head):
        data = head_of(source, head["length"])
        return len(data) == head["length"] and hashlib.sha256(data).hexdigest() == head["sha256"]

    def place(self, older, cursor):
        """Which rotated file is the one of the cursor: the same file, or a copy with the same first bytes."""
        places = [at for at, source in enumerate(older) if self.has_head(source, cursor["head"])]
        same = [at for at in places if older[at].id == cursor["file"]]
        return (same or places or [None])[-1]

    def later(self, path, directory, names, cursor):
        """Of a series' files those that may have something new, where the one that was read last is still there."""
        for name in names:
            if names[name] != int(cursor["file"].split(":")[1]) or name.endswith(".gz"):
                continue
            try:
                source = Plain(os.path.join(directory, name))
                try:
                    if not self.goes_on(source, cursor):
                        continue
                finally:
                    source.close()
                times = {each: os.stat(os.path.join(directory, each)).st_mtime for each in names}
            except FileNotFoundError:
                continue  # renamed just now, which the caller will see as well
            order = in_order(list(names), times)
            for each in order[: order.index(name)]:
                if times[each] > max(times[name] + 60, self.request["since"]) and not each.endswith(".gz"):
                    why = "it was written to after %s, which is newer by its name, and is read no further" % name
                    self.note(self.lost, path, why, os.path.join(os.path.dirname(path), each))
            return {each: names[each] for each in order[order.index(name) :]}
        return names

    def siblings(self, path, real, live, opened, cursor):
        """The rotated files of a log that aren't empty, oldest first."""
        directory, base = os.path.split(real)
        for _ in range(5):
            files, gone = {}, False
            try:
                names = listed(directory, base)
            except FileNotFoundError:
                return []
            ids = {live.id} if live is not None else set()
            wanted = names
            if path in self.series and cursor is not None:
                wanted = self.later(path, directory, names, cursor)
            for name in wanted:
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
        times = {name: source.mtime for name, source in files.items()}
        return [files[name] for name in in_order(list(files), times)]

    def first_sight(self, path, older, live):
        since, budget = self.request["since"], self.request["limits"]["firstSightBytes"]
        parts = []
        newest = [] if live is None or live.size == 0 else [live]
        for source in reversed([each for each in older if each.mtime > since] + newest):
            if self.is_strange(path, source):
                continue
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

    def is_strange(self, path, source):
        try:
            why = strange(source)
        except DAMAGE:
            return False  # Who reads it says so.
        if why is not None:
            self.note(self.unread, path, why, source.path)
        return why is not None

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
        if numbered(path) and source.mtime <= since:
            return source.size  # most likely a rotated file of what was removed long ago
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
        if self.is_strange(path, source):
            return start
        self.files += 1
        named = os.path.join(os.path.dirname(path), os.path.basename(source.path)) if path in self.series else path
        if source.packed:
            region = Region(named, source, start, BEYOND, now, self.findings)
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
        region = Region(named, source, begin, stop, now, self.findings)
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
