#!/usr/bin/python3
"""soak.py - many kills by chance on a few hundred mixed messages.

    soak.py --dir DIR [--seed S] [--kills N] [--mails N] [--workers N]

A maildrop of random and peculiar messages is fetched into all kinds of targets, by runs that are
killed again and again: one half at a moment in time, one half at a system call, both thrown by
dice. From time to time a run may end: then all must be in its place, and a new maildrop begins.
The seed, which is printed, gives the same messages, moments and calls again.

HAULMAIL and HAULMAIL_INJECT say what to run. The verdict is the exit status.
"""

import argparse
import os
import random
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig as rigs  # noqa: E402
from rig import Case, Rig, makemail  # noqa: E402


def mixed_mails(count, seed):
    mails = makemail.random_mail(count, seed)
    mails.update(makemail.corners())
    return mails


def new_rig(o, worker, mails):
    """The first of these that haulmail knows."""
    for targets in (["mbox", "maildir", "mbox"], ["mbox", "mbox"]):
        rig = Rig(os.path.join(o.dir, "%d" % worker),
                  Case("soak of " + "+".join(targets), targets, worker % 2 == 1, mails))
        if rig.supported():
            return rig
    return None


def kill_by_chance(rig, dice, seconds, calls):
    """One run that is killed, unless it ends before; what it was in words, and whether it was."""
    if dice.random() < 0.5:
        where = "file:%d" % dice.randint(1, calls)
        what = dice.choice(["kill-before", "kill-after", "tear"])
        return "%s %s" % (what, where), rig.run((where, what))[0] == -9
    moment = dice.uniform(0, seconds)
    return "killed after %.4f s" % moment, rig.run(kill_after=moment)[0] == -9


def soak(o, worker):
    dice = random.Random("%s/%d" % (o.seed, worker))
    rig = new_rig(o, worker, mixed_mails(o.mails, o.seed))
    tally = rigs.Tally(rig.case.name + (", keep" if rig.case.keep else ""))
    rig.reset()
    start = time.monotonic()
    status, said = rig.run(log=True)
    seconds = time.monotonic() - start
    calls = sum(c["where"].startswith("file:") for c in rig.calls())
    faults = rig.faults_at_the_end()
    if status != 0 or faults:
        tally.fail("undisturbed: %s %r" % (status, said[:300]), faults)
    wanted, attempts = o.kills // o.workers, 0
    while tally.injected < wanted and attempts < 10 * wanted and not tally.failures:
        rig.reset()
        history, kills = [], 0
        for _ in range(dice.choice((1, 2, 3, 8))):
            attempts += 1
            words, killed = kill_by_chance(rig, dice, seconds, calls)
            history.append(words)
            kills += killed
        faults = rig.clean_run()
        tally.injected += kills
        if faults:
            tally.fail(", ".join(history), faults)
        else:
            tally.survived += kills
    return tally.end()


def main():
    p = argparse.ArgumentParser(prog="soak.py")
    p.add_argument("--dir")
    p.add_argument("--seed", default=str(os.getpid()))
    p.add_argument("--kills", type=int, default=300)
    p.add_argument("--mails", type=int, default=170)
    p.add_argument("--workers", type=int, default=2)
    o = p.parse_args()
    print("the seed is %s" % o.seed)
    status = 0
    for tally in rigs.in_parallel(lambda worker: soak(o, worker), o.workers):
        status |= rigs.tell([[tally]], "kills")
    shutil.rmtree(o.dir, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
