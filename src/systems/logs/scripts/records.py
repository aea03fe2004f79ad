"""Records: what belongs to one finding."""


class Record:
    """A message with what follows it. States: message, trace (no exception yet), raised (an exception), chain."""

    def __init__(self, line, start, end):
        self.line, self.start, self.end = line, start, end
        self.level, self.exception = line.level, line.more
        self.traceback = line.text.lstrip().startswith(RAISED)
        self.state = "trace" if self.traceback else "message"

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


@functools.lru_cache(maxsize=1000)
def identified(level, logger, parts):
    """(key, signature) of a group."""
    signature = capped(((clean(logger) if logger else "") + " " + " | ".join(parts)).strip(), 300)
    return hashlib.sha256((level + "\n" + signature).encode()).hexdigest()[:12], signature


class Findings:
    """Groups of what was found, over all files."""

    def __init__(self, limits):
        self.limits, self.groups, self.dropped = limits, {}, 0

    def add(self, path, record):
        line = record.line
        level = record.level
        traceback = record.traceback
        parts = [] if traceback else [normal(line.text)[:200]]
        if record.exception is not None:
            parts.append(normal(record.exception))
        if traceback and record.exception is None:
            parts.append("Traceback without its end")
        key, signature = identified(level, line.logger and line.logger[:100], tuple(parts))
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
                "more": False,
                "count": 0,
                "sample": capped(sample, self.limits["sample"]),
            }
        group["count"] += 1
        if path not in group["paths"]:
            if len(group["paths"]) < PATHS:
                group["paths"].append(path)
            else:
                group["more"] = True
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
            found = line_around(self.source, offset, self.start, self.end)
            if found is None:
                continue
            raw, start, after = found
            candidates.skip = max(after, offset + 1, self.take(Line(raw, self.now), start, after))

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
