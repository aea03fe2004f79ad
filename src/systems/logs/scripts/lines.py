"""Lines: time, level and words."""

ISO = re.compile(rb"(\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?")
APACHE = re.compile(rb"\[\w{3} (\w{3}) +(\d+) (\d\d:\d\d):(\d\d)(?:\.(\d+))? (\d{4})\]")
SYSLOG = re.compile(rb"(\w{3}) +(\d+) (\d\d:\d\d):(\d\d) ")
MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


@functools.lru_cache(maxsize=5000)
def minute(text, zone):
    # strptime would take as long as all else that is done before the first line.
    at = datetime.datetime(*map(int, re.findall(r"\d+", text)))
    if zone is None:
        return at.timestamp()
    digits = zone.replace(":", "")
    ahead = 0 if zone == "Z" else int(digits[0] + "1") * (int(digits[1:3]) * 60 + int(digits[3:5]))
    return at.replace(tzinfo=datetime.timezone.utc).timestamp() - 60 * ahead


def moment(clock, second, part, zone=None):
    """Epoch seconds, or None where there is no such time."""
    try:
        return minute(clock.decode(), zone and zone.decode()) + int(second) + float(b"0." + (part or b"0"))
    except (ValueError, OverflowError):
        return None


def time_of(line, now):
    """Epoch seconds by the host's own zone, or None."""
    head = line[:250]
    found = ISO.search(head[:100]) or (ISO.search(head) if head[:1] == b"{" else None)
    if found:
        return moment(*found.groups())
    found = APACHE.match(head)
    if found:
        month, day, clock, second, part, year = found.groups()
        return moment(day_of(int(year), month, day) + clock, second, part)
    found = SYSLOG.match(head)
    if found is None:
        return None
    month, day, clock, second = found.groups()
    year = time.localtime(now).tm_year
    at = moment(day_of(year, month, day) + clock, second, None)
    if at is not None and at > now + 86400:
        return moment(day_of(year - 1, month, day) + clock, second, None)
    return at


def day_of(year, month, day):
    number = MONTHS.index(month) + 1 if month in MONTHS else 0
    return b"%d-%d-%d " % (year, number, int(day))


LEVELS = {"error": "ERROR"}
LEVELS.update((name, "CRITICAL") for name in ("critical", "crit", "fatal", "alert", "emerg"))
NAMES = rb"TRACE|DEBUG|INFO|AUDIT|NOTICE|WARN|WARNING|ERROR|CRITICAL|CRIT|FATAL|ALERT|EMERG"
CONTAINER = re.compile(rb"\d{4}-\S+ (?:stdout|stderr) [FP] ")
# A level in capitals stands behind nothing but times, numbers and signs, or what syslog puts first.
BARE = re.compile(
    rb"(?:(?:<\d+>)?(?:[A-Z][a-z]{2} +\d+ [\d:]{8}|\d{4}-\S+T\S+) \S+ [^\s:\[]+(?:\[\d+\])?: )?"
    rb"(?:[^A-Za-z]|(?<=\d)[TZ])*(" + NAMES + rb")(?=[\s:\]|,\"]|$)"
)
MARKS = rb"trace\d?|debug|info|notice|warn|warning|error|crit|critical|alert|emerg|fatal"
MARKED = re.compile(
    rb"\[(?:[\w.-]*:)?(" + MARKS + rb")(?::\w+)?\]"
    rb"| - (" + MARKS + rb") - "
    rb"|(?<![\w-])[\"']?(?:level|levelname|lvl|severity|loglevel)[\"']?\s*[=:]\s*[\"']?([a-z]+)",
    re.IGNORECASE,
)
CONTEXT = rb"((?:\[(?:-|None|req-|instance:|[0-9a-f]{8})[^\]]*\] )*)"
OSLO_TEXT = re.compile(
    rb"(\d{4}-\d\d-\d\d \d\d:\d\d):(\d\d)[.,](\d{3}) (\d+) ([A-Z]+) (\S+) " + CONTEXT + rb"(.*)", re.DOTALL
)
# A level that is none of these may be another program's: `level_of` looks at it.
OSLO_LEVELS = {name: LEVELS.get(name.decode().lower()) for name in NAMES.split(b"|")}
RAISED = b"Traceback (most recent call last)"
CHAINS = (b"During handling of the above exception", b"The above exception was the direct cause")


def without_container(line):
    container = CONTAINER.match(line)
    return line[container.end() :] if container else line


def unwrapped(line):
    """A line without what a container's log puts around it, and the document that it is, or None."""
    line = without_container(line)
    document = document_of(line)
    if document is not None and isinstance(document.get("log"), str) and "stream" in document:
        return document["log"].rstrip("\n").encode("utf-8", "replace"), None
    return line, document


def document_of(line):
    if line[:1] != b"{":
        return None
    try:
        document = json.loads(line.decode("utf-8", "replace"))
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


class Line:
    """One line: `level` is None where it is no finding; `logger`, `pid` of a line of oslo.log; `text` the message."""

    def __init__(self, raw, now):
        self.level = self.logger = self.pid = None
        self.more, self.context = None, b""
        raw = line = raw.lstrip(b"\0")
        document, found = None, OSLO_TEXT.match(line)
        if found is None:
            # Only now, since nearly all lines are oslo.log's own.
            line, document = unwrapped(line)
            found = OSLO_TEXT.match(line)
        self.line = self.text = line
        if found:
            clock, second, part, self.pid, level, self.logger, self.context, self.text = found.groups()
            self.at = moment(clock, second, part)
        else:
            self.at = time_of(line, now)
        if self.at is None and CONTAINER.match(raw):
            self.at = time_of(raw, now)
        if document is not None:
            self.of_document(document)
        elif found and level in OSLO_LEVELS:
            self.level = OSLO_LEVELS[level]
        else:
            self.level = level_of(line[:250])

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
        return LEVELS.get(found.group(found.lastindex).decode().lower())
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
        # As a number: of an id's digits some have no letter, and a number's length is none of its kind.
        (r"(?<![a-z0-9])(?=[a-f]*\d)[0-9a-f]{6,}(?![a-z0-9])", "<n>"),
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


def normal(text):
    # No rule tells one digit from another: texts that differ in nothing else have one signature.
    return without_details(text[:2000].translate(DIGITS))


@functools.lru_cache(maxsize=1000)
def without_details(text):
    found = clean(text)
    for pattern, by in SIGNATURE:
        found = pattern.sub(by, found)
    return found.strip()
