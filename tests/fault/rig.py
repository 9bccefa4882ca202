"""rig.py - what the fault tests share: a case, its home directory, server and verdicts.

A Case says what is set up: targets, keep, mails, what is there before. A Rig carries one out:
it has a home directory, a POP3 server whose maildrop lies in memory, and the program under
test, which it runs with or without inject.so. HAULMAIL names the program, HAULMAIL_INJECT the
shared object.
"""

import os
import pickle
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter

E2E = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e")
sys.path.insert(0, E2E)
import makemail  # noqa: E402
import mboxtool  # noqa: E402
import pop3d  # noqa: E402
import smtpd  # noqa: E402

CONFIG = """\
account home
    host 127.0.0.1
    port %d
    tls off
    user alice
    password secret
    timeout %s
    keep %s
"""
# Two recipients, of whom each must get each message.
RELAY = """\
relay box
    host 127.0.0.1
    port %d
    timeout 10s
"""
RECIPIENTS = ["bob@example.org", "carol@example.org"]
LIMIT = 15  # seconds until a run counts as hung
STATE = ".local/state/haulmail"
JOURNAL = STATE + "/home"

# ---------------------------------------------------------------- mails and cases

# Each is there for a reason: an ordinary one; so many lines to quote that one writev cannot
# take all pieces; no final newline; nothing at all.
SMALL = {
    "1-ordinary": makemail.head("ordinary") + b"one line\n\n.\nand another\n",
    "2-from": makemail.head("From_ lines") + b"From me to you\n>From you\n" * 300,
    "3-open-end": makemail.head("no final newline", "a@example.org") + b"From the end",
    "4-empty": b"",
}
# Too long for memory: it goes through a temporary file.
BIG = {
    "1-big": makemail.head("big") + (b"From a to b\n" + b"x" * 5000 + b"\n") * 215,
    "2-small": makemail.head("small") + b"a short one\n",
}
FOREIGN = (b"From bob@example.org Mon Aug  4 09:12:44 2025\nFrom: bob@example.org\n"
           b"Subject: was there before\n\nDo not touch me.\n")


class Case:
    """before: the mboxes' bytes before the first run. journal: the journal's. fake_keys: how
    many messages it remembers that the server no longer has. slow: each message is a batch."""

    def __init__(self, name, targets, keep=False, mails=None, before=b"", fake_keys=0,
                 no_tmpfile=False, slow=False):
        self.name = name
        self.targets = targets
        self.keep = keep
        self.mails = SMALL if mails is None else mails
        self.before = before
        self.fake_keys = fake_keys
        self.no_tmpfile = no_tmpfile
        self.slow = slow
        self.sources = {n: mboxtool.lf_form(t) for n, t in self.mails.items()}
        # what a server has is none of the disk's business
        self.onward = bool({"smtp", "lmtp"} & set(targets))

    def journal(self):
        """A journal most of which is of no more use, so that the run rewrites it."""
        if not self.fake_keys:
            return None
        return b"haulmail journal 1\n" + b"".join(
            b"seen formerly-%06d 1754300000\n" % i for i in range(self.fake_keys))

    def environ(self):
        extra = {}
        if self.no_tmpfile:
            extra["HAULMAIL_FAULT_NO_TMPFILE"] = "1"
        if self.slow:  # a batch is committed when it is two seconds old
            extra["HAULMAIL_FAULT_CLOCK"] = "3000"
        return extra


def all_cases():
    cases = []
    for targets in (["mbox"], ["maildir"], ["mbox", "maildir"], ["mbox", "mbox"]):
        for keep in (False, True):
            cases.append(Case("+".join(targets) + ("-keep" if keep else ""), targets, keep))
    cases += [
        Case("mbox-after-mail", ["mbox"], before=FOREIGN + b"\n"),
        Case("mbox-after-open-end", ["mbox"], True, before=FOREIGN[:-1]),
        Case("mbox+mbox-after-no-blank", ["mbox", "mbox"], before=FOREIGN),
        Case("mbox-big", ["mbox"], mails=BIG),
        Case("maildir-big", ["maildir"], mails=BIG),
        Case("mbox-batches", ["mbox"], slow=True),
        Case("mbox+maildir-batches", ["mbox", "maildir"], slow=True),
        Case("mbox-compact", ["mbox"], True, fake_keys=600),
        Case("smtp", ["smtp"]),
        Case("lmtp", ["lmtp"]),
        Case("mbox+smtp", ["mbox", "smtp"]),
        Case("smtp-big", ["smtp"], mails=BIG),
        Case("mbox-no-tmpfile", ["mbox"], True, mails=BIG, no_tmpfile=True),
    ]
    return cases


# Whose recovery is disturbed, too.
TWICE = ["mbox", "mbox-after-open-end", "maildir", "mbox+maildir"]

# ---------------------------------------------------------------- the server


class MemoryMessage:
    def __init__(self, drop, name):
        self.drop = drop
        self.name = name
        self.uid = name.encode()
        self.text = drop.sources[name]
        self.size = len(self.text) + self.text.count(b"\n")

    def remove(self):
        self.drop.present.discard(self.name)


class MemoryDrop:
    """A maildrop without files."""

    def __init__(self, sources):
        self.sources = sources
        self.present = set(sources)
        self.lock = threading.Lock()

    def load(self, _fake):
        return [MemoryMessage(self, n) for n in sorted(self.present)]


class QuickServer(pop3d.Server):
    """Reads no options again for each connection."""

    def __init__(self, sources):
        super().__init__([os.devnull])
        self.maildrop = MemoryDrop(sources)
        self.behaviour = super()._options_now()

    def _options_now(self):
        return self.behaviour


class MemoryRelay(smtpd.Server):
    """A server of mail that keeps what it accepts in memory: for each recipient the texts, in Unix
    form and without our Received line."""

    def __init__(self, lmtp):
        super().__init__([os.devnull] + (["--lmtp"] if lmtp else []))
        self.texts = {r: [] for r in RECIPIENTS}
        self.noted = {}

    def _make_directory(self):
        pass

    def options_now(self):
        return self.o

    def keep(self, number, text, envelope):
        text = re.sub(rb"\AReceived: [^\r]*\r\n(\t[^\r]*\r\n)+", b"", text).replace(b"\r\n", b"\n")
        for line in envelope:
            accepted = re.match(rb"ACCEPTED TO:<(.*)>", line)
            if accepted and (number, line) not in self.noted:
                self.noted[number, line] = True
                self.texts[accepted.group(1).decode()].append(text)

    def forget(self, number):
        pass

    def empty(self):
        for texts in self.texts.values():
            texts.clear()


# ---------------------------------------------------------------- homes


def names_below(home):
    """All paths in the directory, relative to it; a directory's ends in a slash."""
    for where, dirs, files in os.walk(home):
        for name in [d + "/" for d in dirs] + files:
            yield os.path.relpath(where, home) + "/" + name


def snapshot(home):
    """Everything in the home directory: relative path: bytes, or None for a directory."""
    found = {}
    for name in names_below(home):
        path = os.path.normpath(name)
        if name.endswith("/"):
            found[path] = None
        else:
            with open(os.path.join(home, path), "rb") as f:
                found[path] = f.read()
    return found


def restore(home, tree):
    """The home directory as a snapshot has it."""
    shutil.rmtree(home, ignore_errors=True)
    os.mkdir(home, 0o700)
    for path in sorted(tree):  # parents come before what is in them
        whole = os.path.join(home, path)
        if tree[path] is None:
            os.mkdir(whole, 0o700)
        else:
            with open(os.open(whole, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as f:
                f.write(tree[path])


# ---------------------------------------------------------------- the rig


class Rig:
    def __init__(self, where, case, spoil=None):
        self.case = case
        self.dir = where
        self.home = os.path.join(where, "h")
        self.log = os.path.join(where, "log")
        self.program = os.environ["HAULMAIL"]
        self.inject = os.environ["HAULMAIL_INJECT"]
        self.spoil = spoil
        self.excused = None  # a pattern of files that may lie about after this fault
        os.makedirs(where, exist_ok=True)
        self.server = QuickServer(case.sources)
        self.server.start()
        self.environ = {k: v for k, v in os.environ.items() if not k.startswith("HAULMAIL")}
        self.environ["HOME"] = self.home
        self.environ["ASAN_OPTIONS"] = "verify_asan_link_order=0:" + \
            os.environ.get("ASAN_OPTIONS", "exitcode=99")
        self.config = (CONFIG % (self.server.port, "36000s" if case.slow else "10s",
                                 "yes" if case.keep else "no")).encode()
        self.mboxes, self.maildirs, self.relay = [], [], None
        for i, kind in enumerate(case.targets):
            if kind in ("smtp", "lmtp"):
                self.relay = MemoryRelay(kind == "lmtp")
                threading.Thread(target=self.relay.loop, daemon=True).start()
                self.config += b"    deliver %s box to %s\n" % (
                    kind.encode(), " ".join(RECIPIENTS).encode())
                self.config = RELAY.encode() % self.relay.port + self.config
                continue
            place = "%s%d" % (kind, i)
            (self.mboxes if kind == "mbox" else self.maildirs).append(place)
            self.config += b'    deliver %s "%s"\n' % (
                kind.encode(), os.path.join(self.home, place).encode())
        self.first = self._first_home()

    def _first_home(self):
        """The home directory before haulmail has ever run."""
        tree = {".config": None, ".config/haulmail": None,
                ".config/haulmail/config": self.config}
        if self.case.before:
            tree.update({m: self.case.before for m in self.mboxes})
        if self.case.journal():
            tree.update({".local": None, ".local/state": None, STATE: None,
                         JOURNAL: self.case.journal()})
        return tree

    def reset(self, tree=None, on_server=None):
        restore(self.home, self.first if tree is None else tree)
        self.server.maildrop.present = set(self.case.sources if on_server is None else on_server)
        if self.relay:
            self.relay.empty()

    def supported(self):
        """Does the program know all these kinds of target?"""
        self.reset()
        return subprocess.run([self.program, "config"], env=self.environ, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0

    # -- running

    def run(self, fault=None, log=False, data=False, kill_after=None):
        """Exit status (negative: a signal) and all it said. fault is ("file:7", "EIO");
        kill_after are seconds."""
        env = dict(self.environ)
        extra = self.case.environ()
        if self.spoil:
            extra["HAULMAIL_FAULT_SPOIL"] = self.spoil
        if fault:
            extra["HAULMAIL_FAULT_AT"], extra["HAULMAIL_FAULT_DO"] = fault
        if fault or log:
            extra["HAULMAIL_FAULT_LOG"] = self.log
            open(self.log, "wb").close()
        if data:
            extra["HAULMAIL_FAULT_DATA"] = "1"
        if extra:
            env.update(extra, LD_PRELOAD=self.inject)
        process = subprocess.Popen([self.program], env=env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        status = None
        try:
            said = process.communicate(timeout=LIMIT if kill_after is None else kill_after)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            said = process.communicate()[0]
            status = "hung" if kill_after is None else None
        self.server.wait_idle()
        if self.relay:
            self.relay.wait_idle()
        return process.returncode if status is None else status, said

    def calls(self):
        """The log of the last run: a dictionary for each call."""
        with open(self.log, "rb") as f:
            return [parse_call(line) for line in f]

    # -- what there is now

    def places(self):
        """For each target: its name, the texts it holds, and what is wrong with its form."""
        for mbox in self.mboxes:
            yield (mbox,) + self._mbox(os.path.join(self.home, mbox))
        for maildir in self.maildirs:
            yield (maildir,) + self._maildir(os.path.join(self.home, maildir))

    def doubled(self):
        """By SMTP one message may come twice: the one whose acceptance was not noted."""
        return ["%s: %d messages came again" % (r, len(t) - len(set(t)))
                for r, t in (self.relay.texts.items() if self.relay else ())
                if len(t) - len(set(t)) > 1]

    def lacking(self):
        return ["%s lacks %s" % (r, name)
                for r, t in (self.relay.texts.items() if self.relay else ())
                for name, text in self.case.sources.items() if text not in t]

    def lost(self):
        return [fault for fault in self.lacking()
                if fault.split()[-1] not in self.server.maildrop.present]

    def _mbox(self, path):
        data = b""
        if os.path.exists(path):
            with open(path, "rb") as f:
                data = f.read()
        before = self.case.before
        if not data.startswith(before):
            return [], ["what was there before has been touched"]
        mails, gap = mboxtool.parse(data[len(before):])
        faults = []
        if before and len(gap) <= 2:
            gap = gap.strip(b"\n")
        if before and mails and not data[:len(data) - sum(
                len(m.from_line) + len(m.raw) for m in mails)].endswith(b"\n\n"):
            faults.append("no blank line before the first new message")
        return [m.text for m in mails], faults + mboxtool.check(mails, gap)

    def _maildir(self, path):
        texts = []
        for sub in ("cur", "new"):
            where = os.path.join(path, sub)
            for name in sorted(os.listdir(where)) if os.path.isdir(where) else []:
                with open(os.path.join(where, name), "rb") as f:
                    texts.append(f.read())
        return texts, ["there is no %s" % sub for sub in ("cur", "new", "tmp")
                       if texts and not os.path.isdir(os.path.join(path, sub))]

    def strays(self):
        """Files and directories that nobody wants."""
        known = {".", ".config", ".config/haulmail", ".config/haulmail/config", ".local",
                 ".local/state", STATE, JOURNAL, JOURNAL + ".lock"}
        known.update(self.mboxes)
        folders = {os.path.join(m, sub) for m in self.maildirs for sub in ("cur", "new")}
        known.update(self.maildirs, folders, (os.path.join(m, "tmp") for m in self.maildirs))
        return ["a stray file: " + path for path in names_below(self.home)
                if os.path.normpath(path) not in known
                and os.path.dirname(os.path.normpath(path)) not in folders
                and not (self.excused and re.search(self.excused, path))]

    # -- verdicts: lists of complaints

    def faults_now(self, whole):
        """After a run that was disturbed: nothing lost, nothing twice; whole: no part of a
        message either, and nothing left lying about."""
        want, left, faults = Counter(self.case.sources.values()), self.server.maildrop.present, []
        for place, texts, form in self.places():
            have = Counter(texts)
            if whole:
                faults += ["%s: %s" % (place, fault) for fault in form]
                faults += ["%s: not one of the messages: %s" % (place, mboxtool.describe(t))
                           for t in have if t not in want]
            for name, text in self.case.sources.items():
                if have[text] > 1:
                    faults.append("%s: %s is there %d times" % (place, name, have[text]))
                if not have[text] and name not in left:
                    faults.append("%s: %s is lost: neither there nor on the server"
                                  % (place, name))
        faults += self.doubled() + self.lost()
        return faults + (self.strays() if whole else [])

    def faults_at_the_end(self):
        """After the clean run: everything is in its place, exactly once."""
        faults = []
        for place, texts, form in self.places():
            wrong = mboxtool.compare([Text(t) for t in texts], self.case.sources, False)
            faults += ["%s: %s" % (place, fault) for fault in form + wrong]
        left = self.server.maildrop.present
        if left != (set(self.case.sources) if self.case.keep else set()):
            faults.append("on the server: " + (", ".join(sorted(left)) or "nothing"))
        return faults + self.doubled() + self.lacking() + self.strays()

    def clean_run(self, may_say=b""):
        """Run undisturbed, and look. may_say is what a line of its output may hold."""
        status, said = self.run()
        said = b"".join(x for x in said.splitlines(True) if not may_say or may_say not in x)
        faults = [] if status == 0 and not said else ["exit status %s: %r" % (status, said[:300])]
        return faults + self.faults_at_the_end()


class Text:
    """What mboxtool.compare() takes for a message."""

    def __init__(self, text):
        self.text = text


def parse_call(line):
    """A line of inject.so's log."""
    where, name, *fields = line.rstrip(b"\n").split(b"\t")
    call = {"where": where.decode(), "name": name.decode(), "fault": None, "data": b""}
    for field in fields:
        key, _, value = field.partition(b"=")
        call[key.decode()] = value if key == b"data" else value.decode()
    call["data"] = bytes.fromhex(call["data"].decode()) if call["data"] else b""
    for key in ("rc", "errno", "ino", "dir", "flags", "tmpfile", "was", "at"):
        if key in call:
            call[key] = int(call[key])
    return call


def short_path(call, home):
    return call["path"].replace(home + "/", "~/")


# ---------------------------------------------------------------- two at a time


def in_parallel(work, workers):
    """Calls work(0), work(1), ... in processes of their own; what they return, in order. What
    a worker prints is printed whole when it ends."""
    running = []
    sys.stdout.flush()
    for i in range(workers):
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                os.close(read)
                with open(write, "wb") as f:
                    pickle.dump(work(i), f)
                status = 0
            except BaseException:  # noqa: B902  (it ends here, whatever it is)
                import traceback
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        os.close(write)
        running.append((pid, read))
    results = []
    for pid, read in running:
        with open(read, "rb") as f:
            data = f.read()
        if os.waitpid(pid, 0)[1] != 0:
            sys.exit("a worker failed")
        results.append(pickle.loads(data))
    return results


class Tally:
    """How a case went. One that has failed has more injected than survived, or failures."""

    def __init__(self, name, skipped=None):
        self.name = name
        self.skipped = skipped
        self.injected = self.survived = self.missed = 0
        self.failures = []
        self.seconds = 0 if skipped else -time.monotonic()

    def fail(self, words, faults):
        self.failures.append("\n".join([words] + ["    " + f for f in faults[:5]]))

    def end(self):
        self.seconds += time.monotonic()
        return self


def tell(tallies, what):
    """Prints a verdict for each case, from what all workers have; the exit status."""
    failed = total = 0
    for parts in zip(*tallies):
        name, injected = parts[0].name, sum(t.injected for t in parts)
        survived, missed = sum(t.survived for t in parts), sum(t.missed for t in parts)
        failures = [f for t in parts for f in t.failures]
        total += survived
        if parts[0].skipped:
            print("ok %s # SKIP %s" % (name, parts[0].skipped))
        elif failures or survived < injected or not injected:
            failed += 1
            print("not ok %s: %d of %d %s survived" % (name, survived, injected, what))
            print("\n".join(failures))
        else:
            print("ok %s: %d %s survived" % (name, survived, what))
        print("%s: %.1f s%s" % (name, max(t.seconds for t in parts), missed and
                                ", %d calls were not made again" % missed or ""))
    print("in all: %d %s survived" % (total, what))
    return failed > 0
