#!/usr/bin/python3
"""mboxtool.py - looks into mbox files, for haulmail's tests.

    mboxtool.py count MBOX                  how many messages
    mboxtool.py senders MBOX                the sender of each From_ line
    mboxtool.py extract MBOX N              message N, unquoted, to stdout
    mboxtool.py check MBOX                  is it a well-formed mboxrd?
    mboxtool.py compare MBOX DIRECTORY      the same messages as DIRECTORY/*.eml,
                                            each exactly once, byte for byte
    mboxtool.py covered MBOX DIRECTORY MAILDROP
                                            each message of DIRECTORY at most once
                                            in MBOX, and if not there, in MAILDROP
    mboxtool.py unique MBOX                 no message twice

MBOX may be a Maildir: what lies in its new/ and cur/. check looks at its names then,
and there may be nothing in tmp/.

    --after N      leave the first N messages of the mbox out of account
    --ordered      compare: also in the order of the file names
    --skip NAME    compare: but not DIRECTORY/NAME.eml (may be repeated)

It shares no code with haulmail: its parser is the plainest reading of mboxrd.
A line that begins with "From " starts a message; a line of one or more ">" and
"From " lost its first ">"; the last line of a message is an empty one that is
not part of it. The verdict is the exit status, the reasons go to stderr.
"""

import argparse
import calendar
import datetime
import os
import re
import sys
from collections import Counter

FROM_LINE = re.compile(
    rb"From (?P<sender>[!-~\x80-\xff]+) "
    rb"(?P<wday>Mon|Tue|Wed|Thu|Fri|Sat|Sun) "
    rb"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    rb"(?P<day>[ 123][0-9]) (?P<hour>[0-2][0-9]):(?P<min>[0-5][0-9]):(?P<sec>[0-6][0-9]) "
    rb"(?P<year>[0-9]{4})\n\Z")
QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
FILE_NAME = re.compile(rb"(?P<epoch>[0-9]{10})\.H[0-9A-Za-z]+\.[!-.0-9;-~]+(:2,[A-Z]*)?\Z")
MONTHS = [m.encode() for m in calendar.month_abbr]
DAYS = [d.encode() for d in calendar.day_abbr]


class Mail:
    """One message of an mbox: its From_ line, and the raw bytes up to the next."""

    def __init__(self, from_line, raw):
        self.from_line = from_line
        self.raw = raw

    @property
    def ends_in_blank_line(self):
        return self.raw == b"\n" or self.raw.endswith(b"\n\n")

    @property
    def text(self):
        """The message as it was sent: without the separating line, unquoted."""
        raw = self.raw[:-1] if self.raw.endswith(b"\n") else self.raw
        return QUOTED.sub(rb"\1", raw)


class File(Mail):
    """One message of a Maildir."""

    def __init__(self, path):
        with open(path, "rb") as f:
            super().__init__(os.path.basename(path).encode(), f.read())

    @property
    def text(self):
        return self.raw


def parse(data):
    """The messages of an mbox, and what stands before the first From_ line."""
    starts = [m.start() for m in re.finditer(rb"^From ", data, re.MULTILINE)]
    mails = []
    for start, end in zip(starts, starts[1:] + [len(data)]):
        line_end = data.find(b"\n", start, end) + 1 or end
        mails.append(Mail(data[start:line_end], data[line_end:end]))
    return mails, data[:starts[0]] if starts else data


def names_in(directory):
    return sorted(os.listdir(directory)) if os.path.isdir(directory) else []


def read_mbox(path):
    if os.path.isdir(path):
        return [File(os.path.join(path, folder, name)) for folder in ("cur", "new")
                for name in names_in(os.path.join(path, folder))], b""
    with open(path, "rb") as f:
        return parse(f.read())


def lf_form(source):
    """What a client has to deliver for a message of these bytes."""
    text = source.replace(b"\r\n", b"\n")
    return text if not text or text.endswith(b"\n") else text + b"\n"


def read_sources(directory, skip=()):
    """Name: text of the messages of a maildrop directory, in order."""
    found = {}
    for name in sorted(os.listdir(directory)):
        if name.endswith(".eml") and name[:-4] not in skip:
            with open(os.path.join(directory, name), "rb") as f:
                found[name] = lf_form(f.read())
    return found


# ---------------------------------------------------------------- verdicts
# Each returns a list of complaints; an empty one means that all is well.


def from_line_fault(line):
    m = FROM_LINE.match(line)
    if not m:
        return "malformed"
    try:
        day = datetime.date(int(m["year"]), MONTHS.index(m["month"]), int(m["day"]))
    except ValueError:
        return "no such day"
    if DAYS[day.weekday()] != m["wday"]:
        return "wrong day of the week"
    return None if int(m["hour"]) < 24 else "no such hour"


def check_maildir(path, mails):
    faults = ["malformed name: %r" % m.from_line for m in mails
              if not FILE_NAME.match(m.from_line)]
    faults += ["there is no " + folder for folder in ("cur", "new", "tmp")
               if not os.path.isdir(os.path.join(path, folder))]
    return faults + ["left in tmp/: " + name for name in names_in(os.path.join(path, "tmp"))]


def check(mails, before):
    faults = []
    if before:
        faults.append("%d bytes before the first From_ line" % len(before))
    for i, mail in enumerate(mails, 1):
        fault = from_line_fault(mail.from_line)
        if fault:
            faults.append("message %d: From_ line: %s: %r" % (i, fault, mail.from_line))
        if not mail.ends_in_blank_line:
            faults.append("message %d: no blank line behind it" % i)
    return faults


def describe(text):
    return "%d bytes beginning %r" % (len(text), text[:80])


def first_difference(want, got):
    n = next((i for i, (a, b) in enumerate(zip(want, got)) if a != b), min(len(want), len(got)))
    return "byte %d: want %r, got %r" % (n, want[n:n + 30], got[n:n + 30])


def near(text, candidates):
    """The candidate that shares the longest beginning with text."""
    return max(candidates, key=lambda c: len(os.path.commonprefix([c, text])), default=None)


def compare(mails, sources, ordered):
    got = [m.text for m in mails]
    have, want = Counter(got), Counter(sources.values())
    extra = have - want
    faults = []
    for name, text in sources.items():
        if have[text] < want[text]:
            like = near(text, extra)
            faults.append("%s is missing; %s" % (name, "nothing resembles it" if like is None
                                                 else first_difference(text, like)))
        if have[text] > want[text]:
            faults.append("%s is there %d times" % (name, have[text]))
    for text in extra:
        if text not in want:
            faults.append("not one of the messages: " + describe(text))
    if ordered and not faults and got != list(sources.values()):
        faults.append("the order is not that of the maildrop")
    return faults


def covered(mails, sources, left):
    have, want = Counter(m.text for m in mails), Counter(sources.values())
    faults = []
    for name, text in sources.items():
        if have[text] > want[text]:
            faults.append("%s is there %d times" % (name, have[text]))
        if not have[text] and name not in left:
            faults.append("%s is lost: neither in the mbox nor on the server" % name)
    faults += ["not one of the messages: " + describe(t) for t in have if t not in want]
    return faults


def unique(mails):
    return ["%d times: %s" % (n, describe(t))
            for t, n in Counter(m.text for m in mails).items() if n > 1]


# ---------------------------------------------------------------- command line


def main():
    p = argparse.ArgumentParser(prog="mboxtool.py")
    p.add_argument("verb", choices=["count", "senders", "extract", "check", "compare",
                                    "covered", "unique"])
    p.add_argument("mbox")
    p.add_argument("rest", nargs="*")
    p.add_argument("--after", type=int, default=0)
    p.add_argument("--ordered", action="store_true")
    p.add_argument("--skip", action="append", default=[])
    o = p.parse_intermixed_args()

    if os.path.exists(o.mbox):
        mails, before = read_mbox(o.mbox)
    elif o.verb in ("count", "compare", "covered"):  # none yet is an empty one
        mails, before = [], b""
    else:
        sys.exit("%s: there is no such mbox" % o.mbox)
    mails = mails[o.after:]

    faults = []
    if o.verb == "count":
        print(len(mails))
    elif o.verb == "senders":
        for m in mails:
            print(m.from_line.split(b" ")[1].decode("utf-8", "backslashreplace"))
    elif o.verb == "extract":
        sys.stdout.buffer.write(mails[int(o.rest[0]) - 1].text)
    elif o.verb == "check":
        faults = check_maildir(o.mbox, mails) if os.path.isdir(o.mbox) else check(mails, before)
    elif o.verb == "compare":
        faults = compare(mails, read_sources(o.rest[0], o.skip), o.ordered)
    elif o.verb == "covered":
        faults = covered(mails, read_sources(o.rest[0]), read_sources(o.rest[1]))
    elif o.verb == "unique":
        faults = unique(mails)
    for fault in faults[:20]:
        print("%s: %s" % (o.mbox, fault), file=sys.stderr)
    if len(faults) > 20:
        print("%s: and %d more faults" % (o.mbox, len(faults) - 20), file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
