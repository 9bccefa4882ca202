#!/usr/bin/python3
"""faults.py - haulmail with every system call going wrong in every way, one at a time.

    faults.py --dir DIR [options]

    --case NAME      only this one (may be repeated); --list shows their names
    --at CALL        only this call, such as file:17
    --do FAULT       only this fault, such as EIO
    --keep           leave DIR as the last run left it
    --spoil HOW      break haulmail's care (inject.c): then there must be failures
    --workers N      processes (2)
    --step N         only every N-th fault
    --max N          stop after so many failures (10)
    --verbose        a line for each fault

A case is run once undisturbed, while inject.so logs its system calls. Then for each call and
each fault that may befall it: a fresh home and maildrop, one run with that fault, one without.

After the faulty run no message may be lost or doubled; if the program was not killed, the
mboxes must end behind a whole message, nothing may lie about, and the exit status must fit.
After the clean run each target holds every message exactly once, byte for byte, the server
what it should, and no lock and no temporary file is left.

The second part has two faults in a row: every state that a kill may leave behind and that
needs recovery is recovered under faults, at each call up to the connection.

HAULMAIL and HAULMAIL_INJECT say what to run. The verdict is the exit status.
"""

import argparse
import os
import re
import shutil
import sys
from collections import defaultdict

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig as rigs  # noqa: E402
from rig import Rig, short_path  # noqa: E402

WRITES = {"write", "writev", "pwrite"}
READS = {"read", "pread"}
KILLS = ["kill-before", "kill-after"]
# What a crash leaves behind for ever where there is no O_TMPFILE: no later run can know the names.
NAMED_TEMPORARIES = r"\.lock\.[0-9]+$|/\.message\."
KILLED = {"kill-before", "kill-after", "tear"}

# ---------------------------------------------------------------- which faults, which outcome


def faults_of(call):
    """What may befall a call."""
    name, kind = call["name"], call["where"].split(":")[0]
    if name in READS:
        return ["EIO", "EINTR", "short"]
    if kind != "file":
        return KILLS + ["EIO", "EINTR", "close", "term"] + \
            (["short"] if name != "connect" else [])
    if name == "open" and not (call["flags"] & os.O_CREAT or call["tmpfile"]):
        return KILLS + ["EIO", "EINTR", "close"]
    return KILLS + ["EIO", "EINTR", "ENOSPC", "EIO+", "ENOSPC+", "close", "term"] + \
        (["short", "tear"] if name in WRITES else [])


def statuses_of(call, fault):
    """The exit statuses that are right then."""
    if fault in KILLED:
        return {-9}
    if call["path"].endswith("/config"):
        return {0, 78, -15}
    if fault == "term":
        return {-15, 0, 75, 143}
    if fault == "short" or (fault == "EINTR" and call["name"] in READS | WRITES | {
            "send", "recv", "connect"}):
        return {0}
    if fault in ("EIO", "EIO+"):
        return {0, 74, 75}
    return {0, 75}


def excused(case, call, fault):
    """A pattern of what may lie about even after the clean run."""
    if call["name"].startswith("unlink") and fault[0] == "E":
        return re.escape(os.path.basename(call["path"])) + "$"
    return NAMED_TEMPORARIES if case.no_tmpfile and (
        fault in KILLED or fault in ("term", "EIO+")) else None


def must_be_whole(fault, status):
    """Whether the run had the means to leave everything in order."""
    return fault not in KILLED and status != -15 and fault != "EIO+"


# ---------------------------------------------------------------- one fault


def after_the_fault(rig, call, fault, status, said, first):
    """What is wrong before the clean run. What a first fault left behind may lie there still."""
    faults = []
    if status not in statuses_of(call, fault):
        faults.append("exit status %s: %r" % (status, said[:300]))
    if status == 0 and said and not said.startswith(b"haulmail: home: cannot remove "):
        faults.append("it succeeded, but said %r" % said[:300])
    if isinstance(status, int) and status > 0 and not said.startswith(b"haulmail: "):
        faults.append("it failed without a word: %r" % said[:300])
    faults += rig.faults_now(not first and must_be_whole(fault, status))
    if status == 0:
        faults += ["though its exit status is 0: " + f for f in rig.faults_at_the_end()]
    return faults


def strike(rig, o, call, fault, tally, first=None):
    """One fault and the clean run behind it. first is (state, server, words): where another
    fault has left off. False when the call was not made this time."""
    where = call["where"]
    for _ in range(4):  # how many recvs it takes may vary from run to run
        rig.reset(*(first[:2] if first else ()))
        status, said = rig.run((where, fault))
        hit = next((c for c in rig.calls() if c["fault"]), None)
        if hit and hit["name"] == call["name"]:
            break
    else:
        tally.missed += 1
        return False
    tally.injected += 1
    rig.excused = excused(rig.case, hit, fault)
    faults = after_the_fault(rig, call, fault, status, said, first)
    state = rigs.snapshot(rig.home) if faults else None
    faults = faults or ["clean run: " + f for f in rig.clean_run()]
    words = "%s: %s%s (%s %s): %s" % (rig.case.name, first[2] + ", then " if first else "", where,
                                      hit["name"], short_path(hit, rig.home), fault)
    if faults:
        tally.fail(words, faults)
        if o.keep and state:
            rigs.restore(rig.home, state)
    else:
        tally.survived += 1
    if o.verbose:
        print(("FAILED " if faults else "ok ") + words)
    return True


# ---------------------------------------------------------------- the sweeps


def chosen(o, call, fault):
    return (not o.at or call["where"] == o.at) and (not o.do or fault == o.do)


def calls_of(rig):
    """The calls of an undisturbed run, which must be all right itself."""
    status, said = rig.run(log=True)
    faults = rig.faults_at_the_end()
    if status != 0 or said or faults:
        return None, ["undisturbed: exit status %s: %r" % (status, said[:300])] + faults
    return rig.calls(), []


def thinned(calls):
    """Of many like calls only the first and the last: for long messages."""
    alike = defaultdict(list)
    for call in calls:
        alike[call["name"], call["path"]].append(call["where"])
    kept = {where for all_ in alike.values() for where in all_[:1] + all_[-1:]}
    return [call for call in calls if call["where"] in kept]


def behind_the_lock(calls):
    """Without what comes before the account is locked, and is the same in all cases."""
    start = next(i for i, c in enumerate(calls) if c["path"].endswith("/home.lock"))
    return calls[start:]


def tasks_of(case, calls):
    """Every fault of every call, and of a few recvs more than there were this time."""
    if case.name != "mbox":
        calls = behind_the_lock(calls)
    if case.mails is rigs.BIG:
        calls = thinned(calls)
    recvs = [c for c in calls if c["name"] == "recv"]
    more = [dict(recvs[-1], where="recv:%d" % n, more=True)
            for n in range(len(recvs) + 1, 2 * len(recvs) + 1)] if recvs else []
    return [(call, fault) for call in calls + more for fault in faults_of(call)]


def sweep(rig, o, worker, tally):
    """One fault at a time."""
    rig.reset()
    calls, faults = calls_of(rig)
    if calls is None:
        tally.fail(rig.case.name, faults)
        return
    ended = False
    for i, (call, fault) in enumerate(tasks_of(rig.case, calls)):
        if call.get("more") and ended:
            break
        if i % o.workers != worker or i // o.workers % o.step or not chosen(o, call, fault):
            continue
        if len(tally.failures) >= o.max:
            return
        made = strike(rig, o, call, fault, tally)
        if call.get("more"):
            tally.missed -= not made
            ended = not made


def states_after_kills(rig):
    """What kills leave behind for recovery: (home, server, words), each state once."""
    rig.reset()
    calls, _ = calls_of(rig)
    found = {}
    for call in calls or []:
        for fault in KILLED & set(faults_of(call)):
            rig.reset()
            rig.run((call["where"], fault))
            home, left = rigs.snapshot(rig.home), frozenset(rig.server.maildrop.present)
            # the time of day differs from run to run
            key = (frozenset((k, len(v or b"")) for k, v in home.items()), left)
            journal = home.get(rigs.JOURNAL) or b""
            if key not in found and journal.count(b"\nintent ") > journal.count(b"\ndone "):
                words = "%s (%s %s): %s" % (call["where"], call["name"],
                                            short_path(call, rig.home), fault)
                found[key] = (home, left, words)
    return list(found.values())


def sweep_twice(rig, o, worker, tally):
    """A kill, then a fault during the recovery from it."""
    for i, first in enumerate(states_after_kills(rig)):
        rig.reset(*first[:2])
        calls, faults = calls_of(rig)
        if calls is None:
            tally.fail(rig.case.name + ": " + first[2], faults)
            continue
        offline = behind_the_lock(calls[:[c["name"] for c in calls].index("connect")])
        tasks = [(call, fault) for call in offline for fault in faults_of(call)
                 if fault not in ("close", "term")]
        for j, (call, fault) in enumerate(tasks):
            if (i + j) % o.workers != worker or j // o.workers % o.step or \
                    not chosen(o, call, fault):
                continue
            if len(tally.failures) >= o.max:
                return
            strike(rig, o, call, fault, tally, first)


# ---------------------------------------------------------------- command line


def options():
    p = argparse.ArgumentParser(prog="faults.py")
    p.add_argument("--dir")
    p.add_argument("--case", action="append", default=[])
    p.add_argument("--part", choices=["once", "twice"])
    p.add_argument("--at")
    p.add_argument("--do")
    p.add_argument("--keep", action="store_true")
    p.add_argument("--spoil")
    p.add_argument("--workers", type=int, default=2)
    p.add_argument("--step", type=int, default=1)
    p.add_argument("--max", type=int, default=10)
    p.add_argument("--list", action="store_true")
    p.add_argument("--verbose", action="store_true")
    return p.parse_args()


def main():
    o = options()
    cases = [c for c in rigs.all_cases() if not o.case or c.name in o.case]
    if o.list:
        print("\n".join(c.name for c in cases))
        return 0

    def work(worker):
        results = []
        for case in cases:
            rig = Rig(os.path.join(o.dir, "%d" % worker), case, o.spoil)
            if not rig.supported():
                results.append(rigs.Tally(case.name, "haulmail does not know these targets"))
                continue
            for part, run in (("once", sweep), ("twice", sweep_twice)):
                if (o.part and part != o.part) or (part == "twice" and case.name not in rigs.TWICE):
                    continue
                tally = rigs.Tally(case.name + ("" if part == "once" else ", recovery"))
                run(rig, o, worker, tally)
                results.append(tally.end())
        return results

    status = rigs.tell(rigs.in_parallel(work, o.workers), "faults")
    if not o.keep:
        shutil.rmtree(o.dir, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
