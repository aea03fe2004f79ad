"""Sources: bytes by offset."""


class Plain:
    """A file that is open."""

    def __init__(self, path):
        # A FIFO that took the place of a log must not hold this up.
        self.fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        found = os.fstat(self.fd)
        self.path, self.packed = path, False
        self.regular = stat.S_ISREG(found.st_mode)
        self.id = "%d:%d" % (found.st_dev, found.st_ino)
        self.size, self.mtime = found.st_size, found.st_mtime
        self.base, self.data = 0, b""

    def read(self, offset, size):
        """Fewer bytes than asked for only at the end."""
        at = offset - self.base
        if 0 <= at and at + size <= len(self.data):
            return self.data[at : at + size]
        # Who goes on from here will go on; who comes from elsewhere looks at one line.
        ahead = WINDOW if 0 <= at <= len(self.data) else 0
        data = os.pread(self.fd, max(size, ahead), offset)
        if len(data) <= 2 * WINDOW:
            self.base, self.data = offset, data
        return data[:size]

    def hold(self, offset, data):
        """Bytes that are about to be asked for, and need not be read."""
        self.base, self.data = offset, data

    def forget(self, before):
        pass

    def shrunk(self, end):
        return os.fstat(self.fd).st_size < end

    def close(self):
        os.close(self.fd)


class Unpacked:
    """What a .gz holds, read once from its start to its end."""

    def __init__(self, path):
        plain = Plain(path)
        self.fd, self.path, self.packed = plain.fd, path, True
        self.regular, self.id, self.mtime = plain.regular, plain.id, plain.mtime
        self.size = BEYOND if plain.size else 0
        self.again()

    def again(self):
        os.lseek(self.fd, 0, os.SEEK_SET)
        self.file = gzip.GzipFile(fileobj=os.fdopen(os.dup(self.fd), "rb"))
        self.base, self.data, self.ended = 0, b"", False

    def read(self, offset, size):
        if offset < self.base:
            self.again()
        while not self.ended and self.base + len(self.data) < offset + size:
            if self.base + len(self.data) <= offset - WINDOW:
                self.base, self.data = self.base + len(self.data), b""
            more = self.file.read(BLOCK)
            self.ended = not more
            self.data += more
        at = offset - self.base
        return self.data[at : at + size]

    def forget(self, before):
        if before - WINDOW > self.base:
            self.data = self.data[before - WINDOW - self.base :]
            self.base = before - WINDOW

    def end(self):
        return self.base + len(self.data)

    def shrunk(self, end):
        return False

    def close(self):
        os.close(self.fd)


def line_at(source, offset, end):
    """The first bytes of a line, and where the next one begins."""
    size = min(LOOK, end - offset)
    head = source.read(offset, size)
    at = head.find(b"\n")
    if at >= 0:
        return head[:at].rstrip(b"\r"), offset + at + 1
    if len(head) < size:
        return head, offset + len(head)
    return head, next_line(source, offset + len(head), end)


def line_around(source, offset, start, end):
    """
    The line that an offset is in: its first bytes, where it begins, and where the next one does. None where its head is
    too far before the offset.
    """
    for reach in NEAR, LOOK:
        base = max(start, offset - reach)
        data = source.read(base, min(offset + BEHIND, end) - base)
        at = offset - base
        newline = data.rfind(b"\n", 0, at)
        # A log truncated under a program that doesn't append begins with a hole: NULs, and then its first line.
        hole = data.rfind(b"\0\0", newline + 1, at)
        head = hole + 2 if hole >= 0 else newline + 1
        if head == 0 and base > start:
            continue
        tail = data.find(b"\n", at)
        if 0 <= tail < head + LOOK:
            return data[head:tail].rstrip(b"\r"), base + head, base + tail + 1
        raw, after = line_at(source, base + head, end)
        return raw, base + head, after
    return None


def next_line(source, offset, end):
    """Where the line after the one at the offset begins; the end where there is none."""
    while offset < end:
        data = source.read(offset, min(WINDOW, end - offset))
        at = data.find(b"\n")
        if at >= 0:
            return offset + at + 1
        if not data:
            return offset
        offset += len(data)
        source.forget(offset)
    return end


def last_newline(source, start, end):
    """Where the last whole line ends."""
    while end > start:
        begin = max(start, end - WINDOW)
        at = source.read(begin, end - begin).rfind(b"\n")
        if at >= 0:
            return begin + at + 1
        end = begin
    return start


def strange(source):
    """Why nothing could be found in a file as it is encoded, or None."""
    head = source.read(0, LOOK)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "it is UTF-16, which is not read"
    if len(head) >= 16:
        # A log may begin with a hole: then it's NULs in both halves.
        few, many = sorted((head[::2], head[1::2]), key=lambda half: -half.count(b"\0"))
        if b"\0" not in many and few.count(b"\0") * 20 >= len(few) * 19:
            return "it is UTF-16, which is not read"
    if b"\n" not in head:
        head = source.read(0, BLOCK)
        # At the end it may be half of CRLF.
        if b"\n" not in head and b"\r" in head[:-1]:
            return "its lines end with CR alone"
    return None
