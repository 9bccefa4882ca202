#!/usr/bin/python3
"""powerloss.py - what haulmail makes of a disk after a power cut, at every point of a run.

    powerloss.py --dir DIR [options]

    --case NAME      only this one (may be repeated)
    --at N           only the state after the N-th call of the log
    --keep           leave DIR as the last failure left it
    --spoil HOW      break haulmail's care (inject.c): then there must be failures
    --workers N      processes (2)
    --max N          stop after so many failures (10)
    --step N         in the second part, only every N-th disk

A case is run once while inject.so logs its system calls and what they write. From the log a
model of the disk is built, call by call. At each point only this is certain: the bytes of a
file as of its last sync, and the names in a directory as of its own. What came later may be
there or not, on its own. So for each point many disks are made, by these choices:

    names      all new ones kept, all lost, all but one kept, one alone kept
    each file  its unsynced writes kept; lost; there in length, but as NULs; the last one torn,
               with nothing behind the tear or with NULs

Each different disk gets one clean run: then every message must be in each target exactly once,
byte for byte, and the server must hold what it should. The server is what it was at that
point: where QUIT was on its way, both what it was before and after.

A second part does the same with runs that recover from a kill in the middle of a write, and
with one whose disk is full.

HAULMAIL and HAULMAIL_INJECT say what to run. The verdict is the exit status.
"""

import argparse
import itertools
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig as rigs  # noqa: E402
from rig import Rig, short_path  # noqa: E402

# What the clean run may say: a lock that lost its process's number is old by then.
MAY_SAY = b"nobody has touched it for five minutes"
# What may lie about when its removal was lost: a lock, which anybody may break; and the other
# name of a message that was renamed, which mail readers remove after 36 hours.
UNDELETED = r"mbox[0-9]\.lock$|maildir[0-9]/tmp/"

# ---------------------------------------------------------------- the model


class File:
    """An inode: what is certainly on disk, and the writes since."""

    def __init__(self, data=b""):
        self.synced = data
        self.unsynced = []  # (offset, bytes) of a write, (size, None) of a truncation

    def write(self, at, data):
        self.unsynced.append((at, data))

    def sync(self):
        self.synced = self.content("kept")
        self.unsynced = []

    def content(self, how):
        data = bytearray(self.synced)
        for i, (at, new) in enumerate(self.unsynced):
            last = i == len(self.unsynced) - 1
            if how == "lost":
                break
            if new is None:
                data = data[:at] + bytes(max(0, at - len(data)))
                continue
            if how == "nuls":
                new = bytes(len(new))
            elif last and how == "torn":
                new = new[:len(new) // 2]
            elif last and how == "torn, then nuls":
                new = new[:len(new) // 2] + bytes(len(new) - len(new) // 2)
            data += bytes(max(0, at - len(data)))
            data[at:at + len(new)] = new
        return bytes(data)

    def choices(self):
        if not self.unsynced:
            return ["kept"]
        writes = [new for _, new in self.unsynced if new is not None]
        return ["kept", "lost"] + (["nuls", "torn", "torn, then nuls"] if writes else [])


DIRECTORY = "a directory"


class Disk:
    """names: path: File or DIRECTORY, as the last directory syncs left them. pending: what
    was done to names since, in order: a list of changes {path: File or None} that a file
    system makes all at once."""

    def __init__(self, tree):
        self.names = {p: DIRECTORY if d is None else File(d) for p, d in tree.items()}
        self.pending = []

    def now(self):
        names = dict(self.names)
        for change in self.pending:
            apply(names, change)
        return names

    def change(self, changes):
        """Changes in one directory are one; those in two may be torn apart."""
        by_directory = {}
        for path, what in changes.items():
            by_directory.setdefault(os.path.dirname(path), {})[path] = what
        self.pending += by_directory.values()

    def sync_directory(self, directory):
        mine = [c for c in self.pending if os.path.dirname(next(iter(c))) == directory]
        for change in mine:
            apply(self.names, change)
        self.pending = [c for c in self.pending if c not in mine]

    def choices(self):
        """Sets of the pending changes that have reached the disk."""
        n = len(self.pending)
        some = {frozenset(range(n)), frozenset()}
        for i in range(n):
            some |= {frozenset([i]), frozenset(range(n)) - {i}}
        return some

    def disks(self):
        """All that may be found: (tree, in words)."""
        for chosen in self.choices():
            names = dict(self.names)
            for i in sorted(chosen):
                apply(names, self.pending[i])
            names = {p: f for p, f in names.items() if has_parents(names, p)}
            files = {id(f): (p, f) for p, f in names.items() if f is not DIRECTORY}
            dirty = [(i, p, f) for i, (p, f) in files.items() if f.unsynced]
            for hows in itertools.product(*(f.choices() for _, _, f in dirty)):
                how = {i: h for (i, _, _), h in zip(dirty, hows)}
                tree = {p: None if f is DIRECTORY else f.content(how.get(id(f), "kept"))
                        for p, f in names.items()}
                words = ["%s %s" % (p, h) for (_, p, _), h in zip(dirty, hows)]
                lost = [", ".join(c) for i, c in enumerate(self.pending) if i not in chosen]
                yield tree, "; ".join(words + (["names lost: " + ", ".join(lost)] if lost else []))


def apply(names, change):
    for path, what in change.items():
        if what is None:
            names.pop(path, None)
        else:
            names[path] = what


def has_parents(names, path):
    parent = os.path.dirname(path)
    return not parent or (parent in names and has_parents(names, parent))


class Replay:
    """Carries a log out on the model."""

    def __init__(self, home, tree):
        self.home = home + "/"
        self.disk = Disk(tree)
        self.inodes = {}  # number: File, of files without a name, too
        self.quit_sent = self.quit_answered = False

    def name(self, path):
        return path[len(self.home):] if path.startswith(self.home) else None

    def step(self, call):
        if call["where"].startswith("send:") and call["data"].endswith(b"QUIT\r\n"):
            self.quit_sent = True
        elif call["where"].startswith("recv:") and self.quit_sent:
            self.quit_answered = True
        if call.get("rc", -1) == -1 or not call["where"].startswith("file:"):
            return
        path, disk, call_name = self.name(call["path"]), self.disk, call["name"].rstrip("64")
        if call_name in ("open", "openat", "creat", "mkostemp"):
            self._open(call, path)
        elif call_name in ("write", "writev", "pwrite", "ftruncate"):
            f = self._file(call, path)
            if f:
                f.write(call["at"], None if call_name == "ftruncate" else call["data"])
        elif call_name in ("fsync", "fdatasync"):
            if call["dir"]:
                disk.sync_directory("" if call["path"] + "/" == self.home else path)
            elif self._file(call, path):
                self._file(call, path).sync()
        elif call_name in ("rename", "renameat"):
            disk.change({path: None, self.name(call["to"]): disk.now()[path]})
        elif call_name in ("link", "linkat"):
            f = self.inodes[call["ino"]] if call["path"].startswith("/proc/") else disk.now()[path]
            disk.change({self.name(call["to"]): f})
        elif call_name in ("unlink", "unlinkat") and path:
            disk.change({path: None})
        elif call_name in ("mkdir", "mkdirat") and path:
            disk.change({path: DIRECTORY})

    def _open(self, call, path):
        if call["tmpfile"]:
            self.inodes[call["ino"]] = File()
        elif path and call["flags"] & os.O_CREAT and not call["was"]:
            self.inodes[call["ino"]] = File()
            self.disk.change({path: self.inodes[call["ino"]]})
        elif path and self.disk.now().get(path) not in (None, DIRECTORY):
            f = self.inodes[call["ino"]] = self.disk.now()[path]
            if call["flags"] & os.O_TRUNC:
                f.write(0, None)

    def _file(self, call, path):
        return self.inodes.get(call["ino"]) if path or call["ino"] in self.inodes else None


# ---------------------------------------------------------------- the runs


def on_server(replay, before, after):
    """The sets of messages that may be on the server at this point."""
    if not replay.quit_sent:
        return [before]
    return [after] if replay.quit_answered else [before, after]


def age_locks(home):
    """A power cut takes longer than five minutes."""
    for name in rigs.names_below(home):
        if name.endswith(".lock"):
            os.utime(os.path.join(home, name), (time.time() - 3600,) * 2)


def cut_power(rig, o, worker, tally, first=None, fault=None, words="", step=1):
    """Every disk of every point of a run: of one that begins with first, (tree, on server)."""
    rig.reset(*(first or ()))
    tree, before = rigs.snapshot(rig.home), frozenset(rig.server.maildrop.present)
    status, said = rig.run(fault, log=True, data=True)
    calls, after = rig.calls(), frozenset(rig.server.maildrop.present)
    if not fault and status != 0:
        tally.fail("%s: %sundisturbed" % (rig.case.name, words), ["%s: %r" % (status, said)])
        return
    replay, seen = Replay(rig.home, tree), set()
    for n, call in enumerate(calls, 1):
        if not call["fault"]:
            replay.step(call)
        for disk, how in replay.disk.disks():
            for left in on_server(replay, before, after):
                key = hash((frozenset(disk.items()), left))
                if key in seen:
                    continue
                seen.add(key)
                number, mine = divmod(len(seen), o.workers)
                if mine != worker or number % step or (o.at and n != o.at):
                    continue
                if len(tally.failures) >= o.max:
                    return
                rig.reset(disk, left)
                rig.excused = UNDELETED
                age_locks(rig.home)
                tally.injected += 1
                faults = rig.clean_run(MAY_SAY)
                tally.survived += not faults
                if faults:
                    tally.fail("%s: %safter call %d, %s (%s %s): %s; %d on the server" % (
                        rig.case.name, words, n, call["where"], call["name"],
                        short_path(call, rig.home), how or "all kept", len(left)), faults)
                    if o.keep:
                        rig.reset(disk, left)
                        return


def cut_power_again(rig, o, worker, tally):
    """A kill in the middle of each write, and a power cut while the next run recovers; and one
    while a run takes back what found no room."""
    rig.reset()
    rig.run(log=True)
    writes = [c for c in rig.calls() if c["name"] == "writev" and
              (c["path"].endswith("/home") or os.path.basename(c["path"]) in rig.mboxes)]
    for call in writes:
        rig.reset()
        rig.run((call["where"], "tear"))
        state = rigs.snapshot(rig.home), set(rig.server.maildrop.present)
        for first, fault, words in ((state, None, "torn at %s, then "),
                                    (None, (call["where"], "ENOSPC"), "disk full at %s, ")):
            cut_power(rig, o, worker, tally, first, fault, words % call["where"], o.step)


# ---------------------------------------------------------------- command line


def main():
    p = argparse.ArgumentParser(prog="powerloss.py")
    p.add_argument("--dir")
    p.add_argument("--case", action="append", default=[])
    p.add_argument("--at", type=int)
    p.add_argument("--keep", action="store_true")
    p.add_argument("--spoil")
    p.add_argument("--workers", type=int, default=2)
    p.add_argument("--max", type=int, default=10)
    p.add_argument("--step", type=int, default=1)
    o = p.parse_args()
    cases = [c for c in rigs.all_cases() if not c.no_tmpfile and not c.onward and
             (not o.case or c.name in o.case)]

    def work(worker):
        tallies = []
        for case in cases:
            rig = Rig(os.path.join(o.dir, "%d" % worker), case, o.spoil)
            if not rig.supported():
                tallies.append(rigs.Tally(case.name, "haulmail does not know these targets"))
                continue
            tally = rigs.Tally(case.name)
            cut_power(rig, o, worker, tally, step=8 if case.mails is rigs.BIG else 1)
            tallies.append(tally.end())
            if case.name in rigs.TWICE:
                tally = rigs.Tally(case.name + ", recovery")
                cut_power_again(rig, o, worker, tally)
                tallies.append(tally.end())
        return tallies

    status = rigs.tell(rigs.in_parallel(work, o.workers), "power cuts")
    if not o.keep:
        shutil.rmtree(o.dir, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
