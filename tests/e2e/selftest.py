#!/usr/bin/python3
"""selftest.py - tests of the test tools. Run by selftest.sh, which makes TAP of it:
    selftest.py TEMPDIR CERTDIR
prints "ok NAME" or "failed NAME" for each test, and "# end"."""

import io
import os
import poplib
import socket
import ssl
import sys
import time
import traceback
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import makemail  # noqa: E402
import mboxtool  # noqa: E402
import pop3d  # noqa: E402

TEMP, CERTS = sys.argv[1:3] if len(sys.argv) > 2 else (".", ".")
poplib._MAXLINE = 1 << 20


class ServerCase(unittest.TestCase):
    """A maildrop of three messages, and a server on it."""

    mails = {"1": b"Subject: a\n\n.\n..x\nlast", "2": b"Subject: b\r\n\r\nbody\r\n", "3": b""}
    count = 0

    def start(self, *options):
        ServerCase.count += 1
        self.drop = os.path.join(TEMP, "self%d" % ServerCase.count)
        makemail.write(self.drop, self.mails)
        self.log = self.drop + ".log"
        self.server = pop3d.Server(["--transcript", self.log, *options, self.drop])
        self.server.start()
        return self.server

    def connect(self):
        return poplib.POP3("127.0.0.1", self.server.port, timeout=10)

    def login(self):
        p = self.connect()
        p.user("alice")
        p.pass_("secret")
        return p

    def raw(self, *commands):
        """Everything the server sends for these commands, sent in one piece."""
        s = socket.create_connection(("127.0.0.1", self.server.port), 10)
        s.sendall(b"".join(c + b"\r\n" for c in commands))
        return self.read_all(s)

    @staticmethod
    def read_all(s):
        data = b""
        try:
            while True:
                more = s.recv(65536)
                if not more:
                    return data
                data += more
        except ConnectionError:
            return data + b"<reset>"

    def transcript(self):
        self.assertTrue(self.server.wait_idle())
        with open(self.log) as f:
            return f.read().splitlines()


class TestDialogue(ServerCase):
    def test_retrieves_and_deletes(self):
        self.start()
        p = self.login()
        self.assertEqual(p.stat()[0], 3)
        self.assertEqual(p.uidl()[1], [b"1 1", b"2 2", b"3 3"])
        self.assertEqual(p.retr(1)[1], [b"Subject: a", b"", b".", b"..x", b"last"])
        self.assertEqual(p.retr(2)[1], [b"Subject: b", b"", b"body"])
        self.assertEqual(p.retr(3)[1], [])
        self.assertEqual(p.top(1, 1)[1], [b"Subject: a", b"", b"."])
        self.assertEqual(p.top(2, 0)[1], [b"Subject: b", b""])
        p.dele(1)
        p.quit()
        self.assertEqual(sorted(os.listdir(self.drop)), ["2.eml", "3.eml"])
        self.assertIn("PASS secret", self.transcript())

    def test_sizes_are_those_of_the_wire(self):
        self.start()
        p = self.login()
        for line in p.list()[1]:
            number, size = map(int, line.split())
            text = b"".join(x + b"\r\n" for x in p.retr(number)[1])
            self.assertEqual(len(text), size)
        p.quit()

    def test_every_corner_comes_whole(self):
        self.mails = makemail.corners()
        self.start()
        got = self.raw(b"USER alice", b"PASS secret",
                       *(b"RETR %d" % i for i in range(1, len(self.mails) + 1)), b"QUIT")
        at = got.index(b"+OK logged in\r\n") + 15
        for text in mboxtool.read_sources(self.drop).values():
            at = got.index(b"octets\r\n", at) + 8
            end = at if got.startswith(b".\r\n", at) else got.index(b"\r\n.\r\n", at) + 2
            body = got[at:end].replace(b"\r\n.", b"\r\n")
            body = body[1:] if body.startswith(b".") else body
            self.assertEqual(body.replace(b"\r\n", b"\n"), text)
            at = end
        self.assertTrue(got.endswith(b"+OK bye\r\n"))

    def test_no_quit_deletes_nothing(self):
        self.start()
        p = self.login()
        p.dele(1)
        p.close()
        self.transcript()
        self.assertEqual(len(os.listdir(self.drop)), 3)

    def test_uids_from_a_file(self):
        self.start()
        with open(self.drop + "/uids", "w") as f:
            f.write("1.eml\tsame\n2.eml\tsame\n3\twith blank\\x01\n")
        self.assertEqual(self.login().uidl()[1], [b"1 same", b"2 same", b"3 with blank\x01"])

    def test_wrong_password_and_apop(self):
        self.start("--apop")
        with self.assertRaises(poplib.error_proto):
            p = self.connect()
            p.user("alice")
            p.pass_("wrong")
        with self.assertRaises(poplib.error_proto):
            self.connect().apop("alice", "wrong")
        p = self.connect()
        p.apop("alice", "secret")
        self.assertEqual(p.stat()[0], 3)

    def test_exclusive(self):
        self.start("--exclusive")
        first = self.login()
        with self.assertRaisesRegex(poplib.error_proto, "IN-USE"):
            self.login()
        first.quit()
        self.transcript()
        self.login().quit()

    def test_fake(self):
        self.start("--fake", "5")
        p = self.login()
        self.assertEqual(len(p.uidl()[1]), 5)
        got = b"".join(x + b"\n" for x in p.retr(4)[1])
        self.assertEqual(got, makemail.numbered(4))
        self.assertEqual(p.stat()[1], 5 * len(got.replace(b"\n", b"\r\n")))
        p.dele(4)
        p.quit()
        self.assertEqual(len(self.login().uidl()[1]), 4)


class TestFaults(ServerCase):
    def test_errors_by_key(self):
        self.start("--err", "RETR:2=gone", "--err", "LIST=[SYS/TEMP] no", "--say", "NOOP=huh\\x1b")
        got = self.raw(b"USER alice", b"PASS secret", b"RETR 2", b"RETR 3", b"LIST", b"NOOP",
                       b"QUIT")
        self.assertIn(b"-ERR gone\r\n+OK 0 octets\r\n.\r\n-ERR [SYS/TEMP] no\r\nhuh\x1b\r\n", got)

    def test_quit_refused_deletes_nothing(self):
        self.start("--err", "QUIT=no")
        with self.assertRaises(poplib.error_proto):
            p = self.login()
            p.dele(1)
            p.quit()
        self.assertEqual(len(os.listdir(self.drop)), 3)

    def test_cut_at_every_byte(self):
        self.start()
        script = (b"USER alice", b"PASS secret", b"RETR 1", b"QUIT")
        whole = self.raw(*script)
        for n in (0, 1, 20, len(whole) - 1):
            self.server.extra = ["--cut-after", str(n)]
            self.assertEqual(self.raw(*script), whole[:n])
        self.server.extra = ["--cut-at", "RETR:1=4"]
        self.assertTrue(self.raw(*script).endswith(b"+OK logged in\r\n+OK "))
        self.server.extra = ["--cut-at", "RETR=0", "--reset"]
        self.assertNotIn(b"octets", self.raw(*script))

    def test_silence(self):
        for key in ("GREETING", "CAPA"):
            self.start("--hang", key)
            s = socket.create_connection(("127.0.0.1", self.server.port), 10)
            s.sendall(b"CAPA\r\n")
            s.settimeout(0.3)
            with self.assertRaises(socket.timeout):
                while s.recv(1000):
                    pass
            s.close()
            self.transcript()

    def test_drip(self):
        self.start("--drip", "NOOP=0.02")
        start = time.monotonic()
        self.raw(b"QUIT")
        fast = time.monotonic() - start
        start = time.monotonic()
        self.raw(b"NOOP", b"QUIT")
        self.assertGreater(time.monotonic() - start, 0.1)
        self.assertLess(fast, 0.1)

    def test_endless(self):
        for option, part in (("--endless-status", b"xxxx"), ("--endless-line", b"xxxx"),
                             ("--endless-body", b"xx\r\nxx")):
            self.start(option, "CAPA")
            s = socket.create_connection(("127.0.0.1", self.server.port), 10)
            s.sendall(b"CAPA\r\n")
            data = b""
            while len(data) < 1 << 20:
                data += s.recv(65536)
            s.close()
            self.assertIn(part, data)

    def test_lies(self):
        self.start("--stat", "9 99", "--size", "ALL=7", "--size", "2=99999999999999999999",
                   "--list-line", "12 x", "--uidl-line", "garbage")
        got = self.raw(b"USER alice", b"PASS secret", b"STAT", b"LIST", b"UIDL", b"QUIT")
        for part in (b"+OK 9 99\r\n", b"1 7\r\n2 99999999999999999999\r\n3 7\r\n12 x\r\n.\r\n",
                     b"3 3\r\ngarbage\r\n.\r\n"):
            self.assertIn(part, got)

    def test_missing_commands(self):
        self.start("--without", "UIDL", "--without", "TOP", "--last", "2")
        got = self.raw(b"CAPA", b"USER alice", b"PASS secret", b"UIDL", b"LAST", b"QUIT")
        self.assertNotIn(b"TOP\r\n", got)
        self.assertIn(b"-ERR unknown command\r\n+OK 2\r\n", got)

    def test_bare_lf(self):
        self.start("--bare-lf", "all")
        self.assertNotIn(b"\r", self.raw(b"USER alice", b"PASS secret", b"RETR 2", b"QUIT"))


class TestCounting(ServerCase):
    def test_flights(self):
        self.start("--latency", "0.05")
        s = socket.create_connection(("127.0.0.1", self.server.port), 10)
        f = s.makefile("rb")
        f.readline()
        s.sendall(b"USER alice\r\n")
        s.sendall(b"PASS secret\r\n")  # a second packet of the same flight
        f.readline(), f.readline()
        s.sendall(b"STAT\r\nNOOP\r\n")
        f.readline(), f.readline()
        s.sendall(b"QUIT\r\n")
        f.readline()
        f.close()
        s.close()
        self.assertTrue([x for x in self.transcript() if "close flights=3 " in x])

    def test_pipelining_unasked(self):
        self.start("--capa", "UIDL", "--latency", "0.05")
        self.raw(b"USER alice", b"PASS secret", b"QUIT")
        self.assertEqual(sum(" pipelined " in x for x in self.transcript()), 2)
        self.login().quit()
        self.assertEqual(sum(" pipelined " in x for x in self.transcript()), 2)

    def test_pipelining_announced(self):
        self.start("--latency", "0.05")
        self.raw(b"USER alice", b"PASS secret", b"QUIT")
        self.assertFalse([x for x in self.transcript() if " pipelined " in x])


class TestTLS(ServerCase):
    def tls_options(self):
        return ["--cert", CERTS + "/good.pem", "--key", CERTS + "/good.key"]

    def context(self):
        c = ssl.create_default_context(cafile=CERTS + "/ca.pem")
        c.set_alpn_protocols(["pop3"])
        c.options &= ~0x80  # SSL_OP_IGNORE_UNEXPECTED_EOF, which Python sets
        return c

    def test_pop3s(self):
        self.start("--tls", *self.tls_options())
        p = poplib.POP3_SSL("localhost", self.server.port, context=self.context())
        p.user("alice")
        p.pass_("secret")
        p.quit()
        self.assertTrue([x for x in self.transcript()
                         if x.startswith("# 1 tls TLS") and "alpn=pop3 sni=localhost" in x])

    def test_stls(self):
        self.start("--stls", *self.tls_options())
        p = poplib.POP3("localhost", self.server.port)
        self.assertIn("STLS", p.capa())
        p.stls(self.context())
        self.assertNotIn("STLS", p.capa())
        p.user("alice")
        p.pass_("secret")
        p.quit()

    def test_stls_hidden_or_refused(self):
        self.start("--stls", "--hide-stls", "--err", "STLS=no", *self.tls_options())
        p = poplib.POP3("localhost", self.server.port)
        self.assertNotIn("STLS", p.capa())
        with self.assertRaises(poplib.error_proto):
            p._shortcmd("STLS")

    def test_injection(self):
        self.start("--stls", "--inject", "+OK injected\\r\\n", *self.tls_options())
        s = socket.create_connection(("127.0.0.1", self.server.port), 10)
        f = s.makefile("rb")
        f.readline()
        s.sendall(b"STLS\r\n")
        self.assertEqual(f.readline() + f.readline(), b"+OK begin TLS\r\n+OK injected\r\n")
        s.close()

    def test_end_with_and_without_close_notify(self):
        for option, clean in (((), True), (("--no-close-notify",), False)):
            self.start("--tls", *option, *self.tls_options())
            s = self.context().wrap_socket(
                socket.create_connection(("127.0.0.1", self.server.port), 10),
                server_hostname="localhost", suppress_ragged_eofs=False)
            s.sendall(b"QUIT\r\n")
            if clean:
                self.assertIn(b"bye", self.read_all(s))
            else:
                with self.assertRaises(ssl.SSLError):
                    self.read_all(s)
            s.close()

    def test_old_version(self):
        self.start("--tls", "--tls-max", "1.1", *self.tls_options())
        with self.assertRaises(ssl.SSLError):
            poplib.POP3_SSL("localhost", self.server.port, context=self.context())
        old = self.context()
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = ssl.TLSVersion.TLSv1
        poplib.POP3_SSL("localhost", self.server.port, context=old).quit()


GOOD = b"From a@b Mon Aug  4 09:12:44 2025\nSubject: x\n\nbody\n>From q\n\n"
NEXT = b"From c@d Tue Aug 12 19:12:44 2025\nSubject: y\n\nother\n\n"


class TestChecker(unittest.TestCase):
    """mboxtool must see each of these faults; a checker that cannot fail is none."""

    sources = {"1.eml": b"Subject: x\n\nbody\nFrom q\n", "2.eml": b"Subject: y\n\nother\n"}

    def faults(self, data):
        return mboxtool.check(*mboxtool.parse(data))

    def compare(self, data, ordered=False):
        return mboxtool.compare(mboxtool.parse(data)[0], self.sources, ordered)

    def test_a_right_one_passes(self):
        self.assertEqual(self.faults(GOOD + NEXT), [])
        self.assertEqual(self.compare(GOOD + NEXT, True), [])

    def test_form(self):
        for wrong in (GOOD[:-1] + NEXT, GOOD + NEXT[:-1], b"junk\n" + GOOD, b"\n" + GOOD,
                      GOOD.replace(b"Mon", b"Tue"), GOOD.replace(b"Aug  4", b"Aug 04"),
                      GOOD.replace(b"Aug  4", b"Aug 4"), GOOD.replace(b" 2025", b" +0000 2025"),
                      GOOD.replace(b"a@b", b"a b"), GOOD.replace(b"a@b", b""),
                      GOOD.replace(b"a@b", b"a\x07b"), GOOD.replace(b"09:", b"24:"),
                      GOOD.replace(b"Aug  4", b"Feb 30"), GOOD + b"From c@d\n\n",
                      GOOD.replace(b">From", b"From")):
            self.assertTrue(self.faults(wrong), wrong)

    def test_contents(self):
        for wrong in (GOOD, GOOD + NEXT + NEXT, GOOD + GOOD + NEXT, b"",
                      GOOD.replace(b"body", b"bodi") + NEXT, GOOD.replace(b"body", b"body ") + NEXT,
                      GOOD.replace(b">From", b">>From") + NEXT,
                      GOOD.replace(b">From", b"From") + NEXT, GOOD[:-2] + NEXT,
                      GOOD + b"\n" + NEXT, GOOD + NEXT + GOOD.replace(b"body", b"new"),
                      GOOD + NEXT.replace(b"\n", b"\r\n")):
            self.assertTrue(self.compare(wrong), wrong)
        self.assertTrue(self.compare(NEXT + GOOD, ordered=True))
        self.assertFalse(self.compare(NEXT + GOOD))

    def test_lost_or_doubled(self):
        def covered(data, left):
            return mboxtool.covered(mboxtool.parse(data)[0], self.sources, left)
        self.assertFalse(covered(GOOD, {"2.eml"}))
        self.assertFalse(covered(GOOD + NEXT, {"2.eml"}))
        self.assertTrue(covered(GOOD, {"1.eml"}))
        self.assertTrue(covered(GOOD + GOOD, {"2.eml"}))
        self.assertTrue(covered(GOOD + NEXT.replace(b"y", b"z"), {"2.eml"}))
        self.assertTrue(mboxtool.unique(mboxtool.parse(GOOD + NEXT + GOOD)[0]))
        self.assertFalse(mboxtool.unique(mboxtool.parse(GOOD + NEXT)[0]))

    def test_maildirs(self):
        def maildir(files):
            path = os.path.join(TEMP, "maildir%d" % len(os.listdir(TEMP)))
            for folder in ("cur", "new", "tmp"):
                os.makedirs(os.path.join(path, folder))
            for name, text in files.items():
                with open(os.path.join(path, name), "wb") as f:
                    f.write(text)
            mails, _ = mboxtool.read_mbox(path)
            return mboxtool.check_maildir(path, mails), mboxtool.compare(mails, self.sources, False)
        one, two = self.sources.values()
        right = {"new/1700000000.H0a.host": one, "cur/1700000000.H0b.host:2,S": two}
        self.assertEqual(maildir(right), ([], []))
        for name in ("new/1700000000.H0c.ho:st", "new/.1700000000.H0c.host", "new/1.H0c.host",
                     "cur/1700000000.H0c.", "tmp/1700000000.H0c.host"):
            self.assertTrue(maildir({**right, name: one})[0], name)
        self.assertTrue(maildir({**right, "new/1700000000.H0c.host": one})[1])
        self.assertTrue(maildir({**right, "new/1700000000.H0a.host": one[:-1]})[1])
        self.assertTrue(maildir({"tmp/1700000000.H0a.host": one})[1])

    def test_every_corner_goes_through(self):
        mails = makemail.corners()
        mails.update(makemail.random_mail(50, 1))
        box = b""
        for text in mails.values():
            text = mboxtool.lf_form(text)
            quoted = b"".join(
                b">" + x if x.lstrip(b">").startswith(b"From ") else x
                for x in io.BytesIO(text))
            box += b"From a@b Mon Aug  4 09:12:44 2025\n" + quoted + b"\n"
        found, before = mboxtool.parse(box)
        self.assertEqual(mboxtool.check(found, before), [])
        self.assertEqual([m.text for m in found], [mboxtool.lf_form(t) for t in mails.values()])

    def test_seeds(self):
        self.assertEqual(makemail.random_mail(5, 1), makemail.random_mail(5, 1))
        self.assertNotEqual(makemail.random_mail(5, 1), makemail.random_mail(5, 2))


class Lines(unittest.TestResult):
    """One line per test, for selftest.sh."""

    def addSuccess(self, test):
        print("ok", self.name(test))

    def addFailure(self, test, err):
        print("failed", self.name(test))
        for line in "".join(traceback.format_exception(*err)).splitlines():
            print("#  ", line)

    addError = addFailure

    @staticmethod
    def name(test):
        return test.id().replace("__main__.", "")


if __name__ == "__main__":
    unittest.defaultTestLoader.loadTestsFromName("__main__").run(Lines())
    print("# end")
