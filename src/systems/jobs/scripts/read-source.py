"""read-source KIND PATH DIGEST: what `tar -S` (file), `dd` (block) or `cat` (stream) would write, in a third of the time.

Beside the stream on stdout it leaves "DIGEST BYTES" in the file DIGEST. tar reads a sparse file in pieces of 512 bytes,
and tee and a digest of its own would copy everything twice more. So tar makes the header here, which says where the
data lies, and this reads the data in large pieces and hashes them while they are written. The stream is tar's own to
the last byte: without Python the same comes from tar itself, and a test holds the two against each other.

Exit code 1: the file changed meanwhile; 2: it can't be read; 70: this program failed. Python 3.6 and later, nothing but
its standard library.
"""

import fcntl
import hashlib
import os
import queue
import signal
import subprocess
import sys
import threading

BLOCK = 512
PIECE = 1 << 20
RECORD = 128 * BLOCK  # as stream.sh tells tar
SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ, which has a name from Python 3.10 on


class Stream:
    """Stdout, hashed by a thread while it is written."""

    def __init__(self):
        self.bytes = 0
        self.free = queue.Queue()
        self.written = queue.Queue()
        self.digest = hashlib.sha256()
        for _ in range(4):
            self.free.put(bytearray(PIECE))
        self.thread = threading.Thread(target=self.hash, daemon=True)
        self.thread.start()

    def hash(self):
        while True:
            item = self.written.get()
            if item is None:
                return
            buffer, size = item
            self.digest.update(memoryview(buffer)[:size])
            if isinstance(buffer, bytearray):
                self.free.put(buffer)

    def send(self, buffer, size):
        """Gives the buffer away: one of `free` goes back there when it is hashed."""
        self.written.put((buffer, size))
        left = memoryview(buffer)[:size]
        while left:
            left = left[os.write(1, left) :]
        self.bytes += size

    def write(self, data):
        self.send(data, len(data))

    def copy(self, source, wanted):
        """Up to so many bytes from where the file stands; returns what was there."""
        copied = 0
        while copied < wanted:
            buffer = self.free.get()
            size = os.readv(source, [memoryview(buffer)[: min(PIECE, wanted - copied)]])
            if size == 0:
                self.free.put(buffer)
                break
            self.send(buffer, size)
            copied += size
        return copied

    def close(self):
        self.written.put(None)
        self.thread.join()
        return self.digest.hexdigest()


def number(field):
    """A number in a tar header: octal, or base 256 where it would not fit."""
    if field[0] & 0x80:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    return int(field.strip(b" \0") or b"0", 8)


def regions(fields):
    """The (offset, size) pairs of a sparse map."""
    for at in range(0, len(fields) - 23, 24):
        if fields[at : at + 12].strip(b"\0 ") == b"":
            return
        yield number(fields[at : at + 12]), number(fields[at + 12 : at + 24])


def tar_header(path):
    """What `tar -S` writes before the data, and the regions of the file that then follow."""
    parent, name = os.path.split(path)
    options = ["--format=gnu", "--numeric-owner", "--no-unquote", "-S", "-b", "1"]
    command = ["tar", *options, "-C", parent, "-cf", "-", "--", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as tar:

        def blocks(size):
            data = tar.stdout.read(-(-size // BLOCK) * BLOCK)
            if len(data) < size:
                tar.wait()
                sys.exit(2)
            return data

        raw = header = blocks(BLOCK)
        if header[257:262] != b"ustar":  # an archive of nothing: tar has said why
            tar.communicate()
            sys.exit(2)
        while header[156:157] in b"LK":  # a long name comes before the header it belongs to
            raw += blocks(number(header[124:136]))
            header = blocks(BLOCK)
            raw += header
        if header[156:157] == b"S":
            parts = list(regions(header[386:482]))
            extended = header[482]
            while extended:
                more = blocks(BLOCK)
                raw += more
                parts += regions(more[:504])
                extended = more[504]
        else:
            parts = [(0, number(header[124:136]))]
        tar.stdout.close()
        tar.kill()
    return raw, parts


def main(kind, path, digest):
    # As any program of a pipeline: the end of the next one is not a failure of this one.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for pipe in [0, 1] if kind == "stream" else [1]:
        try:
            fcntl.fcntl(pipe, SET_PIPE_SIZE, PIECE)
        except OSError:
            pass  # the user has many pipes already
    raw, parts = tar_header(path) if kind == "file" else (b"", [(0, sys.maxsize)])
    source = 0 if kind == "stream" else os.open(path, os.O_RDONLY)
    stream = Stream()
    stream.write(raw)
    for offset, size in parts:
        if kind != "stream":
            os.lseek(source, offset, os.SEEK_SET)
        if stream.copy(source, size) < size and kind == "file":
            stream.close()
            print(path + " became shorter", file=sys.stderr)
            return 1
    if kind == "file":
        # The last block is filled; an empty one ends the archive twice, and the last record is filled with more.
        end = -stream.bytes % BLOCK + 2 * BLOCK
        stream.write(bytes(end + -(stream.bytes + end) % RECORD))
    with open(digest, "w") as file:
        print(stream.close(), stream.bytes, file=file)
    return 0


try:
    sys.exit(main(*sys.argv[1:]))
except OSError as error:
    print(error, file=sys.stderr)
    sys.exit(2)
except Exception as error:
    print(repr(error), file=sys.stderr)
    sys.exit(70)
