"""scan-logs: finds the errors that were written to logs since the last time. Request on stdin, answer on stdout, as JSON.

A log is known by the inode and the first bytes of the file that was read last, so that it's found again after it was
rotated, compressed, or copied and truncated. Nothing is written on the host. Python 3.6 and later, nothing but its
standard library; GNU grep finds the lines to look at, where it is there, since nothing in Python is as fast.
"""

import calendar
import glob
import gzip
import hashlib
import heapq
import json
import os
import re
import resource
import stat
import subprocess
import sys
import time
import zlib

HEAD = 1024  # bytes a file is recognised by
LOOK = 8192  # bytes of a line that are looked at
BLOCK = 1 << 20
WINDOW = 1 << 16
UNTIMED = 64 << 20  # of a log without times, at first sight
TRACEBACK = 1 << 18  # bytes a traceback may have
ENTRIES = 200  # of unread and lost
BEYOND = 1 << 52  # an offset after the end of any file

# Sources: bytes by offset


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
        data = os.pread(self.fd, max(size, WINDOW), offset)
        if len(data) <= 2 * WINDOW:
            self.base, self.data = offset, data
        return data[:size]

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


# Candidates: where a line may have a level

# grep is quick as long as its words begin with one letter or two that are rare.
# GNU grep is as fast for two words of one length as for one, and for three half as fast: each group has a grep of its own,
# beside the others.
OSLO = [[b"RROR", b"RITI"], [b"Traceback ("]]
ANY = [b"RROR", b"rror", b"RITICAL", b"crit", b"FATAL", b"fatal", b"Traceback (most recent call last)"]
OSLO_LINE = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \d+ (?:DEBUG|INFO|AUDIT|WARNING|ERROR|CRITICAL|TRACE) ")
SMALL_LEVEL = re.compile(rb"[\[:=\"](?:trace|debug|info|notice|warn|warning|error|crit|critical|fatal)[\]\" ]")


def only_oslo(source, start, end):
    """Whether all of many lines, looked at here and there, are oslo.log's own, whose levels are in capitals."""
    step = max(1 << 19, (end - start) // 4096)
    oslo = others = 0
    for offset in range(start, end, step):
        data = os.pread(source.fd, 2048, offset)
        for line in data.split(b"\n")[1:-1][:2]:
            if OSLO_LINE.match(line):
                oslo += 1
            elif SMALL_LEVEL.search(line[:250]):
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
        groups = OSLO if only_oslo(self.source, start, self.end) else [ANY]
        greps = [Grep(self.source, start, words) for words in groups]
        try:
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
        longest = max(map(len, ANY)) - 1
        while self.skip < self.end:
            base = self.skip
            data = self.source.read(base, min(BLOCK + longest, self.end - base))
            if not data:
                return
            places = {word: data.find(word) for word in ANY}
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


# Lines: time, level and words

ISO = re.compile(rb"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?")
APACHE = re.compile(rb"\[\w{3} (\w{3}) +(\d+) (\d\d:\d\d):(\d\d)(?:\.(\d+))? (\d{4})\]")
SYSLOG = re.compile(rb"(\w{3}) +(\d+) (\d\d:\d\d):(\d\d) ")
MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
minutes = {}


def minute(text, zone):
    key = text, zone
    if key not in minutes:
        if len(minutes) > 5000:
            minutes.clear()
        parts = time.strptime(text.replace("T", " "), "%Y-%m-%d %H:%M")
        if zone is None:
            minutes[key] = time.mktime(parts[:8] + (-1,))
        else:
            digits = zone.replace(":", "")
            ahead = 0 if zone == "Z" else int(digits[0] + "1") * (int(digits[1:3]) * 60 + int(digits[3:5]))
            minutes[key] = calendar.timegm(parts) - 60 * ahead
    return minutes[key]


def time_of(line, now):
    """Epoch seconds by the host's own zone, or None."""
    head = line[:250]
    try:
        found = ISO.search(head[:100]) or (ISO.search(head) if head[:1] == b"{" else None)
        if found:
            text, second, part, zone = found.groups()
            return minute(text.decode(), zone and zone.decode()) + int(second) + float(b"0." + (part or b"0"))
        found = APACHE.match(head)
        if found:
            month, day, clock, second, part, year = found.groups()
        else:
            found = SYSLOG.match(head)
            if not found:
                return None
            month, day, clock, second = found.groups()
            part, year = None, time.strftime("%Y", time.localtime(now)).encode()
        if month not in MONTHS:
            return None
        text = "%s-%02d-%02d %s" % (year.decode(), MONTHS.index(month) + 1, int(day), clock.decode())
        at = minute(text, None) + int(second) + float(b"0." + (part or b"0"))
        if found.re is SYSLOG and at > now + 86400:
            at = minute("%d%s" % (int(year) - 1, text[4:]), None) + int(second)
        return at
    except (ValueError, OverflowError):
        return None


LEVELS = {"error": "ERROR", "critical": "CRITICAL", "crit": "CRITICAL", "fatal": "CRITICAL"}
NAMES = rb"TRACE|DEBUG|INFO|AUDIT|NOTICE|WARN|WARNING|ERROR|CRITICAL|CRIT|FATAL"
CONTAINER = re.compile(rb"\d{4}-\S+ (?:stdout|stderr) [FP] ")
# A level in capitals stands behind nothing but times, numbers and signs, or what syslog puts first.
BARE = re.compile(
    rb"(?:(?:<\d+>)?(?:[A-Z][a-z]{2} +\d+ [\d:]{8}|\d{4}-\S+T\S+) \S+ [^\s:\[]+(?:\[\d+\])?: )?"
    rb"(?:[^A-Za-z]|(?<=\d)[TZ])*(" + NAMES + rb")(?=[\s:\]|,\"]|$)"
)
MARKED = re.compile(
    rb"\[(?:[\w.-]+:)?(trace\d?|debug|info|notice|warn|warning|error|crit|critical|alert|emerg|fatal)(?::\w+)?\]"
    rb"|(?<![\w-])[\"']?(?:level|levelname|lvl|severity|loglevel)[\"']?\s*[=:]\s*[\"']?([a-z]+)",
    re.IGNORECASE,
)
CONTEXT = rb"((?:\[(?:-|None|req-|instance:|[0-9a-f]{8})[^\]]*\] )*)"
OSLO_TEXT = re.compile(
    rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d{3} (\d+) [A-Z]+ (\S+) " + CONTEXT + rb"(.*)", re.DOTALL
)
RAISED = b"Traceback (most recent call last)"
CHAINS = (b"During handling of the above exception", b"The above exception was the direct cause")


class Line:
    """One line: `level` is None where it is no finding; `logger`, `pid` of a line of oslo.log; `text` the message."""

    def __init__(self, raw, now):
        line = raw.lstrip(b"\0")
        container = CONTAINER.match(line)
        if container:
            line = line[container.end() :]
        self.level = self.logger = self.pid = None
        self.more, self.context = None, b""
        document = self.document(line)
        if document is not None and isinstance(document.get("log"), str) and "stream" in document:
            line, document = document["log"].rstrip("\n").encode("utf-8", "replace"), None
        self.line = self.text = line
        self.at = time_of(line, now)
        if self.at is None and container:
            self.at = time_of(raw, now)
        if document is not None:
            self.of_document(document)
            return
        self.level = level_of(line[:250])
        found = OSLO_TEXT.match(line)
        if found:
            self.pid, self.logger, self.context, self.text = found.groups()

    @staticmethod
    def document(line):
        if line[:1] != b"{":
            return None
        try:
            document = json.loads(line.decode("utf-8", "replace"))
        except ValueError:
            return None
        return document if isinstance(document, dict) else None

    def of_document(self, document):
        def first(*names):
            texts = [document[name] for name in names if isinstance(document.get(name), str)]
            return texts[0].encode("utf-8", "replace") if texts else None

        level = first("levelname", "level", "severity", "log_level", "Severity") or b""
        self.level = LEVELS.get(level.decode("utf-8", "replace").lower())
        self.text = first("message", "msg", "Payload", "log") or self.line
        self.logger = first("name", "logger", "Logger", "module")
        trace = document.get("traceback") or document.get("exc_info")
        if isinstance(trace, str):
            trace = trace.split("\n")
        if isinstance(trace, list):
            lines = [line for line in trace if isinstance(line, str) and line.strip()]
            if lines:
                self.more = lines[-1].strip().split("\n")[-1].encode("utf-8", "replace")


def level_of(head):
    found = BARE.match(head)
    if found:
        return LEVELS.get(found.group(1).decode().lower())
    found = MARKED.search(head)
    if found:
        return LEVELS.get((found.group(1) or found.group(2)).decode().lower())
    return None


SIGNATURE = [
    (re.compile(pattern, re.IGNORECASE), by)
    for pattern, by in [
        (r"\[(?:None )?req-[^\]]*\]|\[-\]", " "),
        (r"\[\w{3} \w{3} +\d+ [\d:.]+ \d{4}\]", " "),
        (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?", "<time>"),
        (r"\breq-[0-9a-f-]{36}", "<req>"),
        (r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", "<uuid>"),
        (r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b", "<mac>"),
        (r"\b\d{1,3}(?:\.\d{1,3}){3}(?:/\d+|:\d+)?\b", "<ip>"),
        (r"\[?(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}(?![\w:])(?:\]:\d+)?", "<ip>"),
        (r"\b0x[0-9a-f]+", "<hex>"),
        (r"\b(tap|qbr|qvo|qvb|qr-|qg-|ha-|sg-)[0-9a-f]{8}-[0-9a-f]{2}\b", r"\1<port>"),
        (r"(?<![a-z0-9])(?=[a-f]*\d)[0-9a-f]{6,}(?![a-z0-9])", "<hex>"),
        (r"\d+(?:\.\d+)*", "<n>"),
        (r"\s+", " "),
    ]
]


def clean(text):
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text.decode("utf-8", "replace")).strip()


def capped(text, size):
    """So many characters, and not much more than that as escaped JSON."""
    text = text[:size]
    while len(json.dumps(text)) > size * 3 // 2 + 8:
        text = text[: len(text) * 3 // 4]
    return text


DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
signatures = {}


def normal(text):
    # No rule tells one digit from another: texts that differ in nothing else have one signature.
    text = text[:2000].translate(DIGITS)
    known = signatures.get(text)
    if known is not None:
        return known
    found = clean(text)
    for pattern, by in SIGNATURE:
        found = pattern.sub(by, found)
    if len(signatures) < 1000:
        signatures[text] = found.strip()
    return found.strip()


# Records: what belongs to one finding


class Record:
    """A message with what follows it. States: message, trace (no exception yet), raised (an exception), chain."""

    def __init__(self, line, start, end):
        self.line, self.start, self.end = line, start, end
        self.level, self.exception = line.level, line.more
        self.state = "message"
        if line.text.lstrip().startswith(RAISED):
            self.state = "trace"

    def takes(self, line):
        """Whether the line of the same logger and process belongs here; if so it's taken."""
        text = line.text
        near = line.at is None or self.line.at is None or abs(line.at - self.line.at) <= 1
        if not near:
            return False
        same = line.at == self.line.at
        raised = text.startswith(RAISED)
        if self.state == "message":
            if raised:
                self.state = "trace"
            return raised
        if self.state == "trace":
            if text.strip() and not text[:1].isspace():
                self.exception, self.state = text, "raised"
            return True
        if text.startswith(CHAINS):
            self.state = "chain"
            return True
        if self.state == "chain":
            if raised:
                self.state = "trace"
            return raised or not text.strip()
        # Further lines of the exception's own message: never with a request, which the prefix of a traceback lacks.
        return not text.strip() or (same and not raised and b"req-" not in line.context)


class Findings:
    """Groups of what was found, over all files."""

    def __init__(self, limits):
        self.limits, self.groups, self.dropped = limits, {}, 0

    def add(self, path, record):
        line = record.line
        level = record.level
        traceback = line.text.lstrip().startswith(RAISED)
        logger = clean(line.logger[:100]) if line.logger else ""
        parts = [] if traceback else [normal(line.text)[:200]]
        if record.exception is not None:
            parts.append(normal(record.exception))
        if traceback and record.exception is None:
            parts.append("Traceback without its end")
        signature = capped((logger + " " + " | ".join(parts)).strip(), 300)
        key = hashlib.sha256((level + "\n" + signature).encode()).hexdigest()[:12]
        group = self.groups.get(key)
        if group is None:
            if len(self.groups) >= self.limits["groups"]:
                self.dropped += 1
                return
            sample = clean(line.line[:LOOK])
            if record.exception is not None:
                rest = " | " + clean(record.exception)[: self.limits["sample"] // 2]
                sample = sample[: self.limits["sample"] - len(rest)] + rest
            group = self.groups[key] = {
                "key": key,
                "level": level,
                "signature": signature,
                "paths": [],
                "count": 0,
                "sample": capped(sample, self.limits["sample"]),
            }
        group["count"] += 1
        if path not in group["paths"] and len(group["paths"]) < 5:
            group["paths"].append(path)
        if line.at is not None:
            at = int(line.at * 1000 + 0.5)
            group["first"] = min(group.get("first", at), at)
            group["last"] = max(group.get("last", at), at)


class Region:
    """The whole lines of a part of a file."""

    def __init__(self, path, source, start, end, now, findings):
        self.path, self.source, self.start, self.end = path, source, start, end
        self.now, self.findings = now, findings
        self.open, self.last = {}, None

    def read(self):
        candidates = Candidates(self.source, self.start, self.end)
        for offset in candidates:
            back = max(self.start, offset - LOOK)
            before = self.source.read(back, offset - back)
            # A log truncated under a program that doesn't append begins with a hole: NULs, and then its first line.
            newline, hole = before.rfind(b"\n"), before.rfind(b"\0\0")
            if max(newline, hole) < 0 and back > self.start:
                continue  # too far from the head of its line
            start = back + (hole + 2 if hole > newline else newline + 1)
            raw, after = line_at(self.source, start, self.end)
            candidates.skip = max(after, offset + 1)
            candidates.skip = max(candidates.skip, self.take(Line(raw, self.now), start, after))

    def take(self, line, start, after):
        """Looks at a line; returns where to go on."""
        if line.level is None:
            if line.text.startswith(RAISED):
                return self.raw_traceback(line, start, after)
            return after
        key = line.pid, line.logger
        record = self.open.get(key) if line.pid is not None else None
        if record is not None and record.takes(line):
            record.end = after
            # The lines of a traceback that say neither ERROR nor Traceback have no prefix at all.
            return after
        if record is not None:
            self.close(key)
        self.begin(key, Record(line, start, after))
        return after

    def begin(self, key, record):
        if len(self.open) > 64:
            self.flush()
        if key in self.open:
            self.close(key)
        self.open[key] = self.last = record

    def raw_traceback(self, line, start, after):
        """One without a prefix: its lines follow each other."""
        record = self.last
        if record is None or record.end != start or record.state != "message":
            line.level = "TRACEBACK"
            record = Record(line, start, after)
            self.begin((None, start), record)
        record.state = "trace"
        offset = after
        while offset < self.end and offset - start < TRACEBACK:
            raw, next_offset = line_at(self.source, offset, self.end)
            following = Line(raw, self.now)
            text = following.text
            if following.level is not None or (following.at is not None and following.logger is not None):
                break
            if record.state == "raised" and text.strip() and not text.startswith(CHAINS):
                break
            if record.state == "chain" and text.strip() and not text.startswith(RAISED):
                break
            record.takes(following) if following.at is None else self.takes_untimed(record, following)
            offset = next_offset
            record.end = offset
        return offset

    @staticmethod
    def takes_untimed(record, line):
        line.at = None
        record.takes(line)

    def close(self, key):
        self.findings.add(self.path, self.open.pop(key))

    def flush(self):
        for key in list(self.open):
            self.close(key)

    def unended(self):
        """Where a traceback begins that is still being written at the end; it's then not counted yet."""
        record = self.last
        if record is None or record.state not in ("trace", "chain") or record.end != self.end:
            return None
        if record.state == "trace" and record.exception is None or record.state == "chain":
            for key, other in list(self.open.items()):
                if other is record:
                    del self.open[key]
                    return record.start
        return None


# Files: which ones hold what was not seen yet

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

    def note(self, where, path, why):
        if len(where) < ENTRIES:
            where.append({"path": path, "why": why[:300]})
        elif len(where) == ENTRIES:
            where.append({"path": "…", "why": "and more of them"})

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
        except PermissionError:
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
                    self.note(self.unread, full, "damaged: " + said(error) if name.endswith(".gz") else said(error))
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
                parts.append((source, self.begin_packed(source, since)))
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
                self.note(self.unread, source.path, said(error))
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
