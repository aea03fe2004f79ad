"""Candidates: where a line may have a level."""

LARGE = 8 << 20  # bytes; of less it makes no difference how the words are found
THREADS = 2
PIECE = 8 << 20  # what a thread reads at a time
KEPT = 1000  # words of a piece that the bytes around them are kept of

# How levels are written in a log: words to find by a letter, and words in groups, each for a grep of its own beside the
# others. GNU grep is quick as long as its words begin with one letter or two that are rare, as fast for two words of one
# length as for one, and for three half as fast.
Style = collections.namedtuple("Style", "words greps")
OSLO = Style([b"ERROR", b"CRITICAL", b"Traceback ("], [[b"RROR", b"RITI"], [b"Traceback ("]])
CAPITALS = Style(
    [b"ERROR", b"CRIT", b"FATAL", b"ALERT", b"EMERG", b"Traceback ("],
    [[b"RROR", b"CRIT"], [b"FATAL", b"LERT", b"MERG", b"Traceback ("]],
)
ANY = Style(
    [],
    [
        [b"RROR", b"CRIT", b"Crit", b"FATAL", b"Fatal", b"LERT", b"MERG", b"Traceback ("],
        [b"rror", b"crit", b"fatal", b"lert", b"merg"],
    ],
)
OSLO_LINE = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \d+ (?:DEBUG|INFO|AUDIT|WARNING|ERROR|CRITICAL|TRACE) ")
# A level that is not the first word.
MARKED_LEVEL = re.compile(
    rb"(?:[\[:=\"]|- )(?i:trace|debug|info|notice|warn|warning|error|crit|critical|fatal|alert|emerg)[\]\" ]"
    rb"|\b(?:CRIT|FATAL|ALERT|EMERG)\b"
)


def sampled(source, start, end):
    """Parts of a large file, from here and there."""
    return [os.pread(source.fd, 2048, offset) for offset in range(start, end, max(1 << 18, (end - start) // 512))]


def style_of(sample):
    """The style of all lines that are looked at; a line without a level has any."""
    oslo = capitals = others = 0
    for data in sample:
        for line in data.split(b"\n")[1:-1][:4]:
            container = CONTAINER.match(line)
            head = line[container.end() if container else 0 :][:250]
            if OSLO_LINE.match(head):
                oslo += 1
            elif BARE.match(head):
                capitals += 1
            else:
                marked = MARKED_LEVEL.search(head)
                if marked is None:
                    others += 1
                elif marked.group().isupper():
                    capitals += 1
                else:
                    return ANY
    if oslo + capitals <= others:
        return ANY
    return CAPITALS if capitals else OSLO


class Letters:
    """Places of words by a rare letter of each: nothing is found as fast as one byte."""

    def __init__(self, source, end, words, sample):
        self.source, self.end, self.longest = source, end, max(map(len, words)) - 1
        sample = b"".join(sample[::4])
        counts = {letter: sample.count(letter) for letter in set(b"".join(words))}

        def effort(letters):
            # To look for one more letter takes as long as to look at a word for each in 4 KiB.
            return sum(counts[letter] + len(sample) // 4096 for letter in set(letters))

        letters = min(itertools.product(*[sorted(set(word), key=counts.get)[:3] for word in words]), key=effort)
        # With one or two in each line grep is faster.
        self.rare = effort(letters) * 512 < len(sample)
        self.words = {letter: [] for letter in letters}
        for word, letter in zip(words, letters):
            self.words[letter].append((word, word.index(letter)))

    def places(self, start):
        """In order, those from an offset on. Two threads read and look by turns, a few pieces ahead of who takes them."""
        from concurrent.futures import ThreadPoolExecutor  # here: to import it takes as long as a small log

        # A place in the file and memory for each: to have new memory for each block takes as long as all else.
        place = "/proc/self/fd/%d" % self.source.fd
        self.idle = [(open(place, "rb", buffering=0), bytearray(BLOCK + self.longest)) for _ in range(THREADS)]
        ahead = collections.deque()
        with ThreadPoolExecutor(THREADS) as pool:
            for base in range(start, self.end, PIECE):
                ahead.append(pool.submit(self.of_piece, base))
                if len(ahead) > 4:
                    yield from self.in_turn(ahead.popleft().result())
            for piece in ahead:
                yield from self.in_turn(piece.result())

    def in_turn(self, found):
        for place, base, around in found:
            if around:
                # Not to read again what was read.
                self.source.hold(base, around)
            yield place

    def of_piece(self, start):
        """(place, where what is around it begins, that itself) of each word in a piece."""
        file, data = self.idle.pop()
        found = []
        try:
            for base in range(start, min(start + PIECE, self.end), BLOCK):
                # A word may begin in this block and end in the next one.
                size = filled(file, memoryview(data)[: self.end - base], base)
                for place in self.of_block(data, size):
                    near = max(0, place - NEAR)
                    around = data[near : min(place + 3 * NEAR, size)] if len(found) < KEPT else b""
                    found.append((base + place, base + near, bytes(around)))
        finally:
            self.idle.append((file, data))
        return sorted(found)

    def of_block(self, data, size):
        for letter, words in self.words.items():
            at = data.find(letter, 0, size)
            while at >= 0:
                for word, index in words:
                    if data.startswith(word, at - index, size):
                        yield at - index
                at = data.find(letter, at + 1, size)


def filled(file, view, offset):
    """How much could be read into a view, until it's full or the file ends. After half a read may come an error."""
    file.seek(offset)
    size = 0
    while size < len(view):
        more = file.readinto(view[size:])
        if not more:
            break
        size += more
    return size


class Grep:
    """Places of words from an offset on, as one grep finds them."""

    def __init__(self, source, start, words):
        import subprocess  # here: most logs are small

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
        if not self.source.packed and self.end - self.skip > LARGE:
            yield from self.of_large()
        yield from self.found()

    def of_large(self):
        sample = sampled(self.source, self.skip, self.end)
        style = style_of(sample)
        if style.words:
            letters = Letters(self.source, self.end, style.words, sample)
            if letters.rare:
                return self.in_order(letters.places(self.skip))
        return self.grepped(style.greps)

    def in_order(self, places):
        for offset in places:
            if offset >= self.end:
                break
            if offset >= self.skip:
                yield offset
        self.skip = self.end

    def grepped(self, groups):
        """By GNU grep; where it fails, `found` goes on from `skip`."""
        start = self.skip
        greps = [Grep(self.source, start, words) for words in groups]
        try:
            yield from self.in_order(start + number for number in heapq.merge(*greps))
        except GrepFailed:
            pass
        finally:
            for grep in greps:
                grep.close()

    def found(self):
        words = [word for group in ANY.greps for word in group]
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
