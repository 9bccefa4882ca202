#!/usr/bin/python3
"""sweep.py - many runs of haulmail against one fault each, and a clean run after each.

    sweep.py cut  [options]    the connection ends after n bytes, for every n
    sweep.py kill [options]    haulmail is killed at a random moment

    --dir DIR        where to work
    --step N         cut: not every n, but each N-th
    --first N        cut: begin with that one
    --rounds N       kill: how many
    --seed S         kill: for the moments and the messages
    --mails N        how many messages (2 for cut, 60 for kill)
    --keep           leave the messages on the server
    --maildir        deliver to a Maildir
    --tls CERTDIR    over TLS
    --reset          cut: by a TCP reset
    --server OPTION  for pop3d.py; may be repeated

After the faulty run no message may be lost or doubled: each is in the mbox once, or on
the server still. After the clean run each is in the mbox exactly once, byte for byte.
HAULMAIL and HAULMAIL_WRAPPER say what to run. The verdict is the exit status.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import makemail  # noqa: E402
import mboxtool  # noqa: E402
import pop3d  # noqa: E402

CONFIG = """\
account home
    host 127.0.0.1
    port %d
%s
    user alice
    password secret
    timeout %ds
    keep %s
    deliver %s "%s"
"""


class Rig:
    """A home directory, a maildrop, a server on it, and the program to run."""

    def __init__(self, o, mails):
        self.o = o
        self.home = os.path.join(o.dir, "home")
        self.drop = os.path.join(o.dir, "drop")
        self.inbox = os.path.join(self.home, "inbox")
        self.mails = mails
        self.sources = {n + ".eml": mboxtool.lf_form(t) for n, t in mails.items()}
        wrapper = os.environ.get("HAULMAIL_WRAPPER", "").split()
        self.command = wrapper + [os.environ["HAULMAIL"]]
        self.limit = 60 * (20 if wrapper else 1)
        self.environ = dict(os.environ, HOME=self.home)
        os.makedirs(self.drop)
        self.server = pop3d.Server(self._server_options() + [self.drop])
        self.server.start()

    def _server_options(self):
        options = ["--transcript", os.path.join(self.o.dir, "transcript")] + self.o.server
        if self.o.tls:
            options += ["--tls", "--cert", self.o.tls + "/good.pem",
                        "--key", self.o.tls + "/good.key"]
        return options

    def reset(self):
        """A full maildrop, and a home in which haulmail has never run."""
        shutil.rmtree(self.home, ignore_errors=True)
        os.makedirs(self.home + "/.config/haulmail", mode=0o700)
        makemail.write(self.drop, self.mails)
        path = self.home + "/.config/haulmail/config"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
            tls = "    tls-ca %s/ca.pem" % self.o.tls if self.o.tls else "    tls off"
            f.write(CONFIG % (self.server.port, tls, self.limit // 4,
                              "yes" if self.o.keep else "no",
                              "maildir" if self.o.maildir else "mbox", self.inbox))

    def start(self):
        return subprocess.Popen(self.command, env=self.environ, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self):
        """Exit status and all output of a run."""
        process = self.start()
        try:
            said = process.communicate(timeout=self.limit)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            return "hung", process.communicate()[0]
        return process.returncode, said

    def mbox(self):
        if not os.path.exists(self.inbox):
            return [], b""
        return mboxtool.read_mbox(self.inbox)

    def faults_now(self):
        """What is wrong after a run that was disturbed."""
        mails, _ = self.mbox()
        # A kill in the middle of an append leaves a part of a message: the next run's
        # business. What is whole must be right, and a Maildir has nothing else.
        whole = [m for m in mails if self.o.maildir or m.text in self.sources.values()]
        return mboxtool.covered(whole, self.sources, set(os.listdir(self.drop)))

    def faults_at_the_end(self):
        """What is wrong after the clean run."""
        mails, before = self.mbox()
        if self.o.maildir:
            faults = mboxtool.check_maildir(self.inbox, mails)
        else:
            faults = mboxtool.check(mails, before)
        faults += mboxtool.compare(mails, self.sources, False)
        left = len(os.listdir(self.drop))
        if left != (len(self.mails) if self.o.keep else 0):
            faults.append("%d messages are left on the server" % left)
        return faults

    def settle(self):
        """The server has done with the last connection and is well again."""
        self.server.wait_idle()
        self.server.extra = []


def clean_run(rig, may_say=b""):
    """Run undisturbed; returns (complaints, seconds). may_say is what each line of its
    output may contain, for the run to count as a silent one."""
    start = time.monotonic()
    status, said = rig.run()
    seconds = time.monotonic() - start
    rig.settle()
    said = b"".join(x for x in said.splitlines(True) if not may_say or may_say not in x)
    faults = []
    if status != 0 or said:
        faults.append("exit status %s: %r" % (status, said[:300]))
    return faults + rig.faults_at_the_end(), seconds


def report(where, faults):
    for fault in faults[:5]:
        print("%s: %s" % (where, fault))
    return not faults


def sweep_cut(o):
    rig = Rig(o, makemail.plain(o.mails or 2))
    rig.reset()
    if not report("undisturbed", clean_run(rig)[0]):
        return 1
    total, good, done = rig.server.last_sent, 0, 0
    for n in range(o.first, total + 1, o.step):
        rig.reset()
        rig.server.extra = ["--cut-after", str(n)] + (["--reset"] if o.reset else [])
        status, said = rig.run()
        rig.settle()
        faults = rig.faults_now()
        if status not in (0, 75):
            faults.append("exit status %s: %r" % (status, said[:300]))
        if status == 0 and n < total - len("+OK bye\r\n") and not o.reset:
            faults.append("exit status 0 though the session was not over")
        good += report("cut after %d of %d bytes" % (n, total), faults) and \
            report("clean run after a cut at %d" % n, clean_run(rig)[0])
        done += 1
        if done - good > 5:
            break
    print("# %d of %d cuts of a session of %d bytes survived" % (good, done, total))
    return good != done


def sweep_kill(o):
    rig = Rig(o, makemail.random_mail(o.mails or 60, o.seed))
    for _ in range(2):  # the second one is no longer slowed by cold caches
        rig.reset()
        faults, seconds = clean_run(rig)
        if not report("undisturbed", faults):
            return 1
    dice = random.Random(o.seed)
    good = killed = 0
    for i in range(o.rounds):
        rig.reset()
        moment = dice.uniform(0, seconds * 1.1)
        process = rig.start()
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        rig.settle()
        good += report("round %d: killed after %.4f s" % (i, moment), rig.faults_now()) and \
            report("round %d: clean run" % i, clean_run(rig, b"stale lock")[0])
    print("# %d of %d rounds survived, %d of them killed, seed %s"
          % (good, o.rounds, killed, o.seed))
    return good != o.rounds


def main():
    p = argparse.ArgumentParser(prog="sweep.py")
    p.add_argument("what", choices=["cut", "kill"])
    p.add_argument("--dir", required=True)
    p.add_argument("--step", type=int, default=1)
    p.add_argument("--first", type=int, default=0)
    p.add_argument("--rounds", type=int, default=20)
    p.add_argument("--seed", default="1")
    p.add_argument("--mails", type=int)
    p.add_argument("--keep", action="store_true")
    p.add_argument("--maildir", action="store_true")
    p.add_argument("--tls", metavar="CERTDIR")
    p.add_argument("--reset", action="store_true")
    p.add_argument("--server", action="append", default=[])
    o = p.parse_args()
    shutil.rmtree(o.dir, ignore_errors=True)
    return (sweep_cut if o.what == "cut" else sweep_kill)(o)


if __name__ == "__main__":
    sys.exit(main())
