#!/usr/bin/python3
"""makemail.py - sample messages for haulmail's tests and its demonstration.

    makemail.py sample DIRECTORY               a few readable messages
    makemail.py corners DIRECTORY              one message for each peculiarity
    makemail.py random DIRECTORY COUNT SEED    seeded: the same ones every time
    makemail.py big FILE BYTES                 one long message
    makemail.py plain DIRECTORY COUNT          short, ordinary, all different

Messages are files NN-name.eml with LF line ends, in the form that a client
has to deliver, except where a corner is about just that.
"""

import os
import random
import sys

# ---------------------------------------------------------------- readable ones

SAMPLE = {
    "01-welcome": """\
Return-Path: <ada@example.org>
Received: from mail.example.org by pop.example.org; Mon, 4 Aug 2025 09:12:44 +0000
Date: Mon, 4 Aug 2025 11:12:40 +0200
From: Ada <ada@example.org>
To: alice@example.net
Subject: Welcome aboard
Message-ID: <1@example.org>

Dear Alice,

your mailbox works. This is the first letter in it.

Ada
""",
    "02-lunch": """\
Return-Path: <grace@example.org>
Date: Mon, 4 Aug 2025 12:03:01 +0200
From: Grace <grace@example.org>
To: alice@example.net
Subject: =?utf-8?q?Caf=C3=A9_at_one=3F?=
Message-ID: <2@example.org>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Café at one? The place by the river.
.
That dot stood alone on its line, and is still there.
""",
    "03-from": """\
Return-Path: <list-bounces@example.com>
Date: Tue, 5 Aug 2025 08:30:00 +0000
From: Dennis <dennis@example.com>
To: list@example.com
Subject: On lines that begin with From
Message-ID: <3@example.com>

From here on an mbox must quote,
>From one level to the next,
so that unquoting gives back what was sent.
""",
    "04-minutes": """\
Return-Path: <>
Date: Wed, 6 Aug 2025 17:45:10 +0200
From: Mail Delivery System <MAILER-DAEMON@example.org>
To: alice@example.net
Subject: Undelivered mail returned to sender
Message-ID: <4@example.org>

Nobody by the name of "alcie" lives here.
""",
}


def sample():
    return {name: text.encode() for name, text in SAMPLE.items()}


# ---------------------------------------------------------------- peculiar ones


def head(subject, sender="corner@example.org", more=b""):
    return (b"Return-Path: <%s>\nFrom: <%s>\nTo: alice@example.net\nSubject: %s\n%s\n"
            % (sender.encode(), sender.encode(), subject.encode(), more))


def corners():
    """Name: bytes. What a mail fetcher may trip over, one at a time."""
    from_line = b"From someone@example.org Mon Aug  4 09:12:44 2025\n"
    found = {
        "ordinary": head("ordinary") + b"one line\nand another\n",
        "crlf": head("crlf").replace(b"\n", b"\r\n") + b"a file with CRLF line ends\r\n",
        "8bit": head("8bit") + bytes(range(128, 256)) + b"\n",
        "all-bytes": head("bytes") + bytes(b for b in range(256) if b != 13) + b"\n",
        "nul": head("nul") + b"a\0b\n\0\n\0\0\0\n",
        "nul-header": head("nul in header", more=b"X-Nul: a\0b\n") + b"body\n",
        "bare-cr": head("bare cr") + b"a\rb\n\rc\nd\r\re\n",
        "cr-before-crlf": head("cr cr lf").replace(b"\n", b"\r\n") + b"end\r\r\nnext\r\r\r\n",
        "long-line": head("long") + b"x" * 100000 + b"\nshort\n" + b"y" * 8191 + b"\n",
        "line-1024": head("1024") + b"".join(b"z" * n + b"\n" for n in range(1000, 1030)),
        "long-header": head("long header", more=b"X-Long: " + b"w" * 20000 + b"\n") + b"b\n",
        "dots": head("dots") + b".\n..\n...\n.x\n. \nx.\n.\n",
        "dot-first": b".hidden: is this a header?\n\n.\n",
        "dot-last": head("dot last") + b"text\n.\n",
        "from-first": from_line + head("From_ line on top") + b"body\n",
        "from-body": head("From in body") + b"From the start\n>From quoted\n>>From twice\n"
                     b"From\n From\nFrom: x\nfrom here\n>>>>>From deep\n> From\n",
        "from-after-blank": head("From after blank") + b"\n" + from_line + b"\n" + from_line,
        "from-last": head("From last") + b"text\n" + from_line,
        "gt-first": b">From nobody\n" + head("quoted From_ line on top") + b"body\n",
        "empty-body": head("empty body"),
        "no-gap": b"Subject: a header, and nothing behind it\n",
        "no-header": b"\nno header at all\n",
        "no-mail": b"just a line of text without any sense\n",
        "one-newline": b"\n",
        "newlines": b"\n\n\n\n",
        "trailing-blank": head("trailing blank lines") + b"text\n\n\n\n",
        "no-final-newline": head("no final newline") + b"the end",
        "empty": b"",
        "no-sender": b"Subject: nobody sent this\n\nbody\n",
        "odd-sender": b"Return-Path: <\"a b\"@example.org>\nSubject: a blank in the sender\n\nb\n",
        "folded": b"Subject: a\n header\n\tthat is folded\nFrom: a@example.org\n\nbody\n",
        "content-length": head("lies", more=b"Content-Length: 3\nLines: 1\n") +
                          b"much longer than three\n\n" + from_line + b"\nmore\n",
        "64k": head("64k") + b"".join(b"%07d\n" % i for i in range(8192)),
    }
    return {"%02d-%s" % (i, name): text
            for i, (name, text) in enumerate(found.items(), 1)}


# ---------------------------------------------------------------- many of them


def plain(count):
    return {"%06d-plain" % i: head("plain %d" % i, "sender%d@example.org" % i) +
            b"This is message %d.\n" % i for i in range(1, count + 1)}


NUMBERED = b"Return-Path: <n@example.org>\nSubject: number %08d\n\nThis is number %08d.\n"
NUMBERED_SIZE = len(NUMBERED % (0, 0)) + (NUMBERED % (0, 0)).count(b"\n")


def numbered(n):
    """The message n of a server that has no files: short, all of one size."""
    return NUMBERED % (n, n)


def random_text(r):
    """One message of random lines, many of them awkward."""
    pieces = (
        lambda: b"From " + bytes(r.choices(b"abc ", k=r.randint(0, 20))),
        lambda: b">" * r.randint(1, 4) + b"From x",
        lambda: b"." * r.randint(1, 3) + bytes(r.choices(b"ab.", k=r.randint(0, 3))),
        lambda: b"",
        lambda: bytes(r.choices([b for b in range(256) if b not in (10, 13)],
                                k=r.randint(0, 200))),
        lambda: b"plain text of no interest whatever " * r.randint(1, 3),
        lambda: b"x" * r.choice((998, 1000, 4095, 4096, 8192, 20000)),
    )
    weights = (2, 1, 2, 3, 2, 8, 1)
    lines = [r.choices(pieces, weights)[0]() for _ in range(r.choice((0, 1, 5, 30, 100)))]
    return b"".join(line + b"\n" for line in lines)


def random_mail(count, seed):
    r = random.Random(seed)
    return {"%06d-random" % i: head("random %d of seed %s" % (i, seed)) + random_text(r)
            for i in range(1, count + 1)}


def write_big(path, size):
    """One message of about that many bytes, without holding it in memory."""
    line = b"All work and no play makes this a long message, line after line....\n"
    chunk = b"From time to time, a line to quote\n.and a dot\n" + line * 1000
    with open(path, "wb") as f:
        f.write(head("big"))
        while f.tell() + len(chunk) < size:
            f.write(chunk)
        f.write(b"the end\n")


# ---------------------------------------------------------------- command line


def write(directory, mails):
    os.makedirs(directory, exist_ok=True)
    for name, text in mails.items():
        with open(os.path.join(directory, name + ".eml"), "wb") as f:
            f.write(text)


def main(argv):
    what, where, *rest = argv
    if what == "sample":
        write(where, sample())
    elif what == "corners":
        write(where, corners())
    elif what == "random":
        write(where, random_mail(int(rest[0]), rest[1]))
    elif what == "big":
        write_big(where, int(rest[0]))
    elif what == "plain":
        write(where, plain(int(rest[0])))
    else:
        sys.exit("makemail.py: what is '%s'?" % what)


if __name__ == "__main__":
    main(sys.argv[1:])
