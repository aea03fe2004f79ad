"""Candidates: where a line may have a level."""

# grep is quick as long as its words begin with one letter or two that are rare.
# GNU grep is as fast for two words of one length as for one, and for three half as fast: each group has a grep of its own,
# beside the others.
OSLO = [[b"RROR", b"RITI"], [b"Traceback ("]]
ANY = [
    [b"RROR", b"CRIT", b"Crit", b"FATAL", b"Fatal", b"LERT", b"MERG", b"Traceback (most recent call last)"],
    [b"rror", b"crit", b"fatal", b"lert", b"merg"],
]
OSLO_LINE = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \d+ (?:DEBUG|INFO|AUDIT|WARNING|ERROR|CRITICAL|TRACE) ")
# A level as oslo.log has none, of a program whose next line may have one that the words for oslo.log don't find.
OTHER_LEVEL = re.compile(
    rb"[\[:=\"](?i:trace|debug|info|notice|warn|warning|error|crit|critical|fatal|alert|emerg)[\]\" ]"
    rb"|\b(?:CRIT|FATAL|ALERT|EMERG)\b"
)


def only_oslo(source, start, end):
    """Whether all of many lines, looked at here and there, are oslo.log's own, whose levels are in capitals."""
    step = max(1 << 19, (end - start) // 4096)
    oslo = others = 0
    for offset in range(start, end, step):
        data = os.pread(source.fd, 2048, offset)
        for line in data.split(b"\n")[1:-1][:2]:
            if OSLO_LINE.match(line):
                oslo += 1
            elif OTHER_LEVEL.search(line[:250]):
                return False
            else:
                others += 1
    return oslo > others


class Grep:
    """Places of words from an offset on, as one grep finds them."""

    def __init__(self, source, start, words):
        self.child = None
        command = ["grep", "-aobF"]
        for word in words:
            command += ["-e", word]
        # An own place in the file, also where it has been renamed or removed.
        place = os.open("/proc/self/fd/%d" % source.fd, os.O_RDONLY)
        os.lseek(place, start, os.SEEK_SET)
        try:
            self.child = subprocess.Popen(
                command,
                stdin=place,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=dict(os.environ, LC_ALL="C"),
            )
            # It keeps a whole line, and a line may be as long as the file.
            resource.prlimit(self.child.pid, resource.RLIMIT_AS, (1 << 29, 1 << 29))
        except OSError:
            pass
        finally:
            os.close(place)

    def __iter__(self):
        if self.child is None:
            raise GrepFailed()
        for line in self.child.stdout:
            number, colon, _ = line.partition(b":")
            if not colon or not number.isdigit():
                raise GrepFailed()
            yield int(number)
        if self.child.wait() > 1 or self.child.returncode < 0:
            raise GrepFailed()

    def close(self):
        if self.child is not None:
            self.child.kill()
            self.child.stdout.close()
            self.child.wait()


class GrepFailed(Exception):
    """There is no GNU grep, or it could not hold a line."""


class Candidates:
    """Offsets of the words, in order; `skip` is where the next one may be."""

    def __init__(self, source, start, end):
        self.source, self.skip, self.end = source, start, end

    def __iter__(self):
        if not self.source.packed and self.end - self.skip > 8 * BLOCK:
            for offset in self.grepped():
                yield offset
        for offset in self.found():
            yield offset

    def grepped(self):
        """By GNU grep; where it fails, `found` goes on from `skip`."""
        start = self.skip
        # Those for oslo.log are under way while its lines are looked at.
        greps = [Grep(self.source, start, words) for words in OSLO]
        try:
            if not only_oslo(self.source, start, self.end):
                while greps:
                    greps.pop().close()
                greps = [Grep(self.source, start, words) for words in ANY]
            for number in heapq.merge(*greps):
                offset = start + number
                if offset >= self.end:
                    break
                if offset >= self.skip:
                    yield offset
            self.skip = self.end
        except GrepFailed:
            pass
        finally:
            for grep in greps:
                grep.close()

    def found(self):
        words = [word for group in ANY for word in group]
        longest = max(map(len, words)) - 1
        while self.skip < self.end:
            base = self.skip
            data = self.source.read(base, min(BLOCK + longest, self.end - base))
            if not data:
                return
            places = {word: data.find(word) for word in words}
            while True:
                places = {word: at for word, at in places.items() if at >= 0}
                if not places:
                    break
                at = min(places.values())
                if base + at >= self.skip:
                    yield base + at
                skip = max(self.skip - base, at + 1)
                for word, place in places.items():
                    if place < skip:
                        places[word] = data.find(word, skip)
            self.skip = max(self.skip, base + max(len(data) - longest, 1))
            if base + len(data) >= self.end:
                return
            self.source.forget(self.skip)
