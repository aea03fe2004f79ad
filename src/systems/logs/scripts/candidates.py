"""Candidates: where a line may have a level."""

# Of a larger file a sample says how levels are written in it, and so which words are looked for, and how.
LARGE = 8 << 20
PIECE = 8 << 20  # what a thread reads before another one's turn
THREADS = 2
KEPT = 1000  # words of a piece that what is around them is kept of

# What a line says of how levels are written in a log, from what is found fastest to what is found slowest.
NO_LEVEL, OSLO, CAPITALS, ANY = range(4)
# To be found by a letter each.
WORDS = {
    OSLO: [b"ERROR", b"CRITICAL", b"Traceback ("],
    CAPITALS: [b"ERROR", b"CRIT", b"FATAL", b"ALERT", b"EMERG", b"Traceback ("],
}
# The same for grep, each group with a grep of its own beside the others: it is quick as long as its words begin with one
# letter or two that are rare, as fast for two words of one length as for one, and for three half as fast.
GREPS = {
    OSLO: [[b"RROR", b"RITI"], [b"Traceback ("]],
    CAPITALS: [[b"RROR", b"CRIT"], [b"FATAL", b"LERT", b"MERG", b"Traceback ("]],
    ANY: [
        [b"RROR", b"CRIT", b"Crit", b"FATAL", b"Fatal", b"LERT", b"MERG", b"Traceback ("],
        [b"rror", b"crit", b"fatal", b"lert", b"merg"],
    ],
}
ALL_WORDS = [word for group in GREPS[ANY] for word in group]
OSLO_LINE = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \d+ (?:DEBUG|INFO|AUDIT|WARNING|ERROR|CRITICAL|TRACE) ")
# A level that is not the first word.
MARKED_LEVEL = re.compile(
    rb"(?:[\[:=\"]|- )(?i:trace|debug|info|notice|warn|warning|error|crit|critical|fatal|alert|emerg)[\]\" ]"
    rb"|\b(?:CRIT|FATAL|ALERT|EMERG)\b"
)


def style_of(line):
    head = without_container(line)[:250]
    if OSLO_LINE.match(head):
        return OSLO
    if BARE.match(head):
        return CAPITALS
    marked = MARKED_LEVEL.search(head)
    if marked is None:
        return NO_LEVEL
    return CAPITALS if marked.group().isupper() else ANY


def style_of_log(sample):
    """How levels are written in most lines, or in any way where a line says so or too many say nothing."""
    styles = [style_of(line) for data in sample for line in data.split(b"\n")[1:-1][:4]]
    if 2 * styles.count(NO_LEVEL) >= len(styles):
        return ANY
    return max(styles)


class Letters:
    """
    Places of words by a rare letter of each: nothing is found as fast as one byte. Two threads read and look by turns,
    which takes two thirds of the time that one would take.
    """

    def __init__(self, source, end, style, sample):
        self.source, self.end, self.style = source, end, style
        words = WORDS[style]
        self.overlap = max(map(len, words)) - 1
        sample = b"".join(sample)
        counts = {letter: sample.count(letter) for letter in set(b"".join(words))}

        def effort(letters):
            """In looks at a word. To go through a block for one more letter takes as long as a look in each 4 KiB."""
            return sum(counts[letter] + len(sample) // 4096 for letter in set(letters))

        def common(letter):
            """Of letters that are as rare those first that several words have: one look for all of them."""
            return counts[letter], -sum(letter in word for word in words)

        letters = min(itertools.product(*[sorted(set(word), key=common)[:3] for word in words]), key=effort)
        # With a look or two in each line grep is faster.
        self.rare = effort(letters) * 512 < len(sample)
        self.words = {letter: [] for letter in letters}
        for word, letter in zip(words, letters):
            self.words[letter].append((word, word.index(letter)))

    def pieces(self, start):
        """
        Each piece from an offset on: where it begins, the places in it, in order, and what is around them. A word at its
        end may be twice.
        """
        from concurrent.futures import ThreadPoolExecutor  # here: to import it takes as long as a small log

        own = "/proc/self/fd/%d" % self.source.fd
        ahead = collections.deque()
        with contextlib.ExitStack() as opened:
            # New memory for each block would take as long as all else.
            self.idle = [
                (opened.enter_context(open(own, "rb", buffering=0)), bytearray(BLOCK + self.overlap))
                for _ in range(THREADS)
            ]
            pool = opened.enter_context(ThreadPoolExecutor(THREADS))
            try:
                for piece in range(start, self.end, PIECE):
                    ahead.append((piece, pool.submit(self.places, piece)))
                    if len(ahead) > 2 * THREADS:
                        piece, places = ahead.popleft()
                        yield (piece,) + places.result()
                for piece, places in ahead:
                    yield (piece,) + places.result()
            finally:
                for _, places in ahead:
                    places.cancel()

    def places(self, piece):
        found, around = array.array("Q"), {}
        file, data = self.idle.pop()
        try:
            for base in range(piece, min(piece + PIECE, self.end), BLOCK):
                # A word may begin in this block and end in the next one.
                size = filled(file, memoryview(data)[: self.end - base], base)
                # The sample may have missed another program's lines: where there are some, no word is left out.
                looked_for = of_words if self.has_other_style(data, size) else self.of_letters
                for at in looked_for(data, size):
                    found.append(base + at)
                    if at >= NEAR and at + BEHIND <= size and len(around) < KEPT:
                        around[base + at] = bytes(data[at - NEAR : at + BEHIND])
        finally:
            self.idle.append((file, data))
        # They came word by word.
        return array.array("Q", sorted(found)), around

    def has_other_style(self, data, size):
        """By the lines at three places: of each the first that is oslo.log's own, as nearly all are, or is another's."""
        for line in (0, size // 2, max(0, size - 4096)):
            for _ in range(3):
                line = data.find(b"\n", line, size) + 1
                if line == 0 or OSLO_LINE.match(data, line):
                    break
                end = data.find(b"\n", line, size)
                if end >= 0 and style_of(bytes(data[line:end])) > self.style:
                    return True
        return False

    def of_letters(self, data, size):
        for letter, words in self.words.items():
            at = data.find(letter, 0, size)
            while at >= 0:
                for word, index in words:
                    # Before the first byte is the end, with less room than a word.
                    if data.startswith(word, at - index, size):
                        yield at - index
                at = data.find(letter, at + 1, size)


def of_words(data, size):
    for word in ALL_WORDS:
        at = data.find(word, 0, size)
        while at >= 0:
            yield at
            at = data.find(word, at + 1, size)


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
        """Where a faster way fails, a slower one goes on from `skip`."""
        if not self.source.packed and self.end - self.skip > LARGE:
            offsets = range(self.skip, self.end, max(1 << 18, (self.end - self.skip) // 128))
            sample = [os.pread(self.source.fd, 2048, offset) for offset in offsets]
            style = style_of_log(sample)
            if style != ANY:
                letters = Letters(self.source, self.end, style, sample)
                if letters.rare:
                    yield from self.lettered(letters)
                else:
                    yield from self.grepped(GREPS[style])
            yield from self.grepped(GREPS[ANY])
        yield from self.found()

    def lettered(self, letters):
        # Threads and files may be used up; what can't be read now may be read once more.
        with contextlib.suppress(OSError, RuntimeError):
            for piece, places, around in letters.pieces(self.skip):
                self.skip = max(self.skip, piece)
                for place in self.not_skipped(places):
                    if place in around:
                        # Whoever reads lets the threads go first, and waits for them: for each line as long as for a block.
                        self.source.hold(place - NEAR, around[place])
                    yield place
            self.skip = self.end

    def grepped(self, groups):
        if self.skip == self.end:
            return
        start, greps = self.skip, []
        try:
            for words in groups:
                greps.append(Grep(self.source, start, words))
            yield from self.not_skipped(start + number for number in heapq.merge(*greps))
            self.skip = self.end
        except (GrepFailed, OSError):
            pass
        finally:
            for grep in greps:
                grep.close()

    def not_skipped(self, places):
        for place in places:
            if place >= self.end:
                break
            if place >= self.skip:
                yield place

    def found(self):
        longest = max(map(len, ALL_WORDS)) - 1
        while self.skip < self.end:
            base = self.skip
            data = self.source.read(base, min(BLOCK + longest, self.end - base))
            if not data:
                return
            for at in sorted(of_words(data, len(data))):
                if base + at >= self.skip:
                    yield base + at
            self.skip = max(self.skip, base + max(len(data) - longest, 1))
            if base + len(data) >= self.end:
                return
            self.source.forget(self.skip)
