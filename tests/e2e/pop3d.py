#!/usr/bin/python3
"""pop3d.py - a scriptable POP3 server on loopback, for haulmail's tests.

    pop3d.py [options] --port-file FILE DIRECTORY

DIRECTORY is the maildrop: one message per *.eml file, in the order of the
names. A message is the file's bytes; on the wire its line ends are CRLF, it
ends in one, and leading dots are doubled. The UID is the file's name without
".eml", unless a file "uids" beside it says otherwise ("name<TAB>uid" lines,
backslash escapes allowed). DELE removes the file when QUIT is answered.

The server behaves, until options tell it not to. Many options name a command
by a KEY: "RETR" is every RETR, "RETR:2" that of message 2; GREETING counts as
a command. TEXT may hold backslash escapes (\\r \\n \\x1b \\0).

The transcript has one line per command received, PASS and its argument
included, and lines that begin with "#" for what else happened:

    # 1 open                 connection 1 was accepted
    # 1 tls TLSv1.3 alpn=pop3 sni=localhost
    # 1 pipelined USER       a command was followed by another before its reply,
                             though PIPELINING had not been announced
    # 1 close flights=4 sent=512

"flights" counts how often the server had answered everything and had to block
for the client, the time after the greeting included: the number of round trips
that the session cost. It is exact with --latency, which lets commands that
come in separate packets of one flight arrive before the first is answered.

Options are read again for each connection from --options-file, if it exists,
behind those of the command line: so a test can change the server's mind
without starting another one.
"""

import argparse
import base64
import binascii
import errno
import hashlib
import io
import os
import shlex
import signal
import socket
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import makemail  # noqa: E402  (it lies beside this file)
import sasl  # noqa: E402

CAPABILITIES = ["TOP", "UIDL", "USER", "RESP-CODES", "PIPELINING"]
STAMP = "<1896.697170952@localhost>"
FLUSH_AT = 1 << 16


# ---------------------------------------------------------------- bytes


def unescape(text):
    """The bytes that TEXT of an option stands for."""
    raw = text.encode("utf-8", "surrogateescape").decode("latin-1")
    return raw.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("latin-1")


def visible(data):
    """Bytes as one line of printable ASCII, for the transcript."""
    return "".join(chr(b) if 32 <= b < 127 else "\\x%02x" % b for b in data)


def lf_form(source):
    """A file's bytes as a client has to deliver them: LF line ends, a final one."""
    text = source.replace(b"\r\n", b"\n")
    return text if not text or text.endswith(b"\n") else text + b"\n"


def stuffed(text, eol):
    """LF form to wire form: line ends, and a dot before each leading dot."""
    if text.startswith(b"."):
        text = b"." + text
    text = text.replace(b"\n.", b"\n..")
    return text.replace(b"\n", eol)



def split_head(text):
    """The header with the empty line behind it, and the body."""
    if text.startswith(b"\n"):
        return b"\n", text[1:]
    head, gap, body = text.partition(b"\n\n")
    return (head + gap, body) if gap else (text, b"")


# ---------------------------------------------------------------- the maildrop


class Message:
    """One message of the maildrop; remove() is what DELE and QUIT lead to."""

    def __init__(self, path, uid):
        self.path = path
        self.uid = uid
        with open(path, "rb") as f:
            self.text = lf_form(f.read())
        self.size = len(self.text) + self.text.count(b"\n")

    def remove(self):
        try:
            os.unlink(self.path)
        except FileNotFoundError:
            pass


class FakeMessage:
    """One of --fake N messages, which need no files."""

    def __init__(self, number, gone):
        self.number = number
        self.gone = gone
        self.uid = b"fake%08x" % (number * 2654435761 % 2**32)  # in no order
        self.size = makemail.NUMBERED_SIZE

    @property
    def text(self):
        return makemail.numbered(self.number)

    def remove(self):
        self.gone.add(self.number)


class Maildrop:
    """A directory of messages; each session gets its own snapshot by load()."""

    def __init__(self, directory):
        self.directory = directory
        self.fakes_gone = set()
        self.lock = threading.Lock()  # held by a session under --exclusive

    def load(self, fake):
        if fake:
            return [FakeMessage(i, self.fakes_gone)
                    for i in range(1, fake + 1) if i not in self.fakes_gone]
        uids = self._uids()
        names = sorted(n for n in os.listdir(self.directory) if n.endswith(".eml"))
        return [Message(os.path.join(self.directory, n),
                        uids.get(n) or uids.get(n[:-4]) or os.fsencode(n[:-4]))
                for n in names]

    def _uids(self):
        try:
            with open(os.path.join(self.directory, "uids"), encoding="latin-1") as f:
                pairs = (line.rstrip("\n").split("\t", 1) for line in f if "\t" in line)
                return {name: unescape(uid) for name, uid in pairs}
        except FileNotFoundError:
            return {}


# ---------------------------------------------------------------- what was asked for


class Keyed(argparse.Action):
    """KEY=VALUE options, collected in a dictionary."""

    def __call__(self, parser, namespace, value, option_string=None):
        key, sep, rest = value.partition("=")
        if not sep:
            parser.error("%s wants KEY=VALUE" % option_string)
        getattr(namespace, self.dest)[key.upper()] = rest


def option_parser():
    p = argparse.ArgumentParser(prog="pop3d.py", description="a scriptable POP3 server")
    p.add_argument("directory")

    g = p.add_argument_group("running")
    g.add_argument("--port-file", metavar="FILE", help="gets the port when the server is ready")
    g.add_argument("--transcript", metavar="FILE", help="gets the commands received")
    g.add_argument("--options-file", metavar="FILE", help="more options, read per connection")
    g.add_argument("--listen", metavar="ADDR", action="append", help="127.0.0.1 unless given")
    g.add_argument("--unix", metavar="PATH", help="a Unix socket to listen on as well")
    g.add_argument("--note-peer", action="store_true", help="'# 1 from ADDR' in the transcript")

    g = p.add_argument_group("who may log in")
    g.add_argument("--user", default="alice")
    g.add_argument("--password", default="secret")
    g.add_argument("--apop", action="store_true", help="a timestamp in the greeting; take APOP")
    g.add_argument("--apop-stamp", metavar="TEXT", default=STAMP)
    g.add_argument("--exclusive", action="store_true", help="a second session gets [IN-USE]")

    g.add_argument("--sasl", metavar="MECHANISM", action="append", default=[],
                   help="list it in CAPA, and take AUTH with it")
    g.add_argument("--lose-sasl", metavar="MECHANISM", action="append", default=[],
                   help="have that one no more")
    g.add_argument("--hidden-sasl", metavar="MECHANISM", action="append", default=[],
                   help="take it without a word in CAPA")
    g.add_argument("--token", default="token", help="for XOAUTH2 and OAUTHBEARER")
    g.add_argument("--token-host", default="127.0.0.1", help="the host OAUTHBEARER must name")
    g.add_argument("--initial", choices=["take", "refuse", "ignore"], default="take",
                   help="what to do with a response in the line of AUTH")
    g.add_argument("--challenge", metavar="TEXT", help="that line instead of the first challenge")
    g.add_argument("--scram", action=Keyed, default={}, metavar="KEY=VALUE",
                   help="what SCRAM does wrong: ITERATIONS, NONCE, SIGNATURE, BINDING, EARLY")

    g = p.add_argument_group("what it offers")
    g.add_argument("--greeting", metavar="TEXT", help="the whole line: '+OK hello'")
    g.add_argument("--capa", metavar="LINE", action="append", help="instead of the usual list")
    g.add_argument("--capa-in-clear", metavar="LINE", action="append", help="before TLS, with --stls")
    g.add_argument("--capa-after-login", metavar="LINE", action="append")
    g.add_argument("--without", metavar="COMMAND", action="append", default=[],
                   help="do not know CAPA, UIDL, LIST, TOP, ...")
    g.add_argument("--last", type=int, metavar="N", help="offer LAST, and answer N")
    g.add_argument("--fake", type=int, metavar="N", help="N made-up messages, no files")
    g.add_argument("--no-expunge", action="store_true", help="forget DELEs at QUIT")
    g.add_argument("--utf8", action="store_true", help="know the command UTF8")

    g = p.add_argument_group("TLS")
    g.add_argument("--tls", action="store_true", help="from the first byte")
    g.add_argument("--stls", action="store_true", help="offer and take STLS")
    g.add_argument("--hide-stls", action="store_true", help="take it, but not in CAPA")
    g.add_argument("--cert", metavar="FILE")
    g.add_argument("--key", metavar="FILE")
    g.add_argument("--client-ca", metavar="FILE", help="want a certificate that this CA signed")
    g.add_argument("--tls-max", choices=["1.1", "1.2", "1.3"])
    g.add_argument("--inject", metavar="TEXT", help="clear text right behind STLS's +OK")
    g.add_argument("--no-close-notify", action="store_true", help="end TLS without saying so")

    g = p.add_argument_group("what goes wrong")
    g.add_argument("--err", action=Keyed, default={}, metavar="KEY=TEXT", help="-ERR TEXT")
    g.add_argument("--say", action=Keyed, default={}, metavar="KEY=TEXT",
                   help="TEXT and a line end is the whole reply")
    g.add_argument("--hang", metavar="KEY", action="append", default=[], help="no reply, ever")
    g.add_argument("--no-greeting", action="store_true", help="same as --hang GREETING")
    g.add_argument("--cut-after", type=int, metavar="N", help="close after N bytes in all")
    g.add_argument("--cut-at", action=Keyed, default={}, metavar="KEY=N",
                   help="close after N bytes of that reply")
    g.add_argument("--reset", action="store_true", help="let a cut be a TCP reset")
    g.add_argument("--drip", action=Keyed, default={}, metavar="KEY=SECONDS",
                   help="that reply one byte at a time; KEY may be ALL")
    g.add_argument("--latency", type=float, default=0, metavar="SECONDS",
                   help="answer a flight of commands after that time")
    g.add_argument("--endless-status", metavar="KEY", action="append", default=[],
                   help="a status line without an end")
    g.add_argument("--endless-line", metavar="KEY", action="append", default=[],
                   help="+OK, then a line without an end")
    g.add_argument("--endless-body", metavar="KEY", action="append", default=[],
                   help="+OK, then lines without an end")
    g.add_argument("--stat", metavar="TEXT", help="what STAT answers behind +OK")
    g.add_argument("--size", action=Keyed, default={}, metavar="N=SIZE",
                   help="what LIST says of message N; N may be ALL")
    g.add_argument("--list-line", metavar="TEXT", action="append", default=[],
                   help="one more line in LIST's answer")
    g.add_argument("--uidl-line", metavar="TEXT", action="append", default=[])
    g.add_argument("--bare-lf", choices=["all", "body"], help="LF line ends on the wire")
    g.add_argument("--small-buffers", action="store_true", help="4 KiB socket buffers")
    return p


class Behaviour:
    """The options in force for one connection."""

    def __init__(self, options):
        self.o = options
        options.sasl = [m for m in options.sasl if m not in options.lose_sasl]
        if options.no_greeting:
            options.hang.append("GREETING")

    @staticmethod
    def parse(argv):
        return Behaviour(option_parser().parse_args(argv))

    def keyed(self, table, command, arg):
        """The value that a KEY=VALUE table has for this command, or None."""
        return table.get("%s:%s" % (command, arg.upper()), table.get(command))

    def named(self, keys, command, arg):
        keys = [k.upper() for k in keys]
        return command in keys or "%s:%s" % (command, arg.upper()) in keys

    def without(self, command):
        return command in (c.upper() for c in self.o.without)

    def greeting(self):
        if self.o.greeting is not None:
            return unescape(self.o.greeting)
        stamp = " " + self.o.apop_stamp if self.o.apop else ""
        return b"+OK test server ready" + unescape(stamp)

    def capabilities(self, tls, logged_in):
        lines = self.o.capa if self.o.capa is not None else list(CAPABILITIES)
        if logged_in and self.o.capa_after_login is not None:
            lines = self.o.capa_after_login
        elif not tls and self.o.capa_in_clear is not None:
            lines = self.o.capa_in_clear
        lines = [c for c in lines if not self.without(c.split()[0] if c.split() else "")]
        if self.o.sasl and not logged_in and not self.o.capa:
            lines = lines + ["SASL " + " ".join(self.o.sasl)]
        if self.o.stls and not tls and not self.o.hide_stls:
            lines = lines + ["STLS"]
        return [unescape(c) for c in lines]

    def pipelines(self, tls, logged_in):
        if self.without("CAPA"):
            return False
        return any(c.upper() == b"PIPELINING" for c in
                   self.capabilities(tls, logged_in) + self.capabilities(tls, False))

    def size_of(self, number, message):
        sizes = self.o.size
        return unescape(sizes.get(str(number), sizes.get("ALL", str(message.size))))

    def tls_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.o.cert, self.o.key)
        context.set_alpn_protocols(["pop3"])
        if self.o.client_ca:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.o.client_ca)
        if self.o.tls_max:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.maximum_version = getattr(
                ssl.TLSVersion, "TLSv" + self.o.tls_max.replace(".", "_"))
        return context


# ---------------------------------------------------------------- the connection


class Gone(Exception):
    """The client has closed, or must be treated so."""


class Cut(Exception):
    """An option says that the connection ends here."""


class Wire:
    """Bytes to and from one client. Replies are collected and sent when the
    client's commands are used up, as a server that can pipeline does."""

    def __init__(self, sock, behaviour):
        self.sock = sock
        self.o = behaviour.o
        self.tls = False
        self.inbuf = b""
        self.out = bytearray()
        self.drip = None  # seconds per byte, when set
        self.sent = 0
        self.cut_at = self.o.cut_after
        self.o.port_here = sock.getsockname()[1]
        self.flights = 0
        self.sni = None

    # -- reading

    def readline(self):
        """The next command line, without its end."""
        while b"\n" not in self.inbuf:
            if len(self.inbuf) > 1 << 16:
                raise Gone
            if not self._receive_now():
                self._await_flight()
        line, self.inbuf = self.inbuf.split(b"\n", 1)
        return line.rstrip(b"\r")

    def more_is_here(self):
        """Has the client sent more before it had this command's reply?"""
        return bool(self.inbuf) or self._receive_now()

    def _await_flight(self):
        self.flush()
        self.flights += 1
        data = self._receive()
        if not data:
            raise Gone
        self.inbuf += data
        if self.o.latency:
            time.sleep(self.o.latency)
            while self._receive_now():
                pass

    def _receive(self):
        try:
            return self.sock.recv(1 << 16)
        except (OSError, ValueError):
            return b""

    def _receive_now(self):
        """Take what is there already; False if there is nothing."""
        self.sock.setblocking(False)
        try:
            data = self.sock.recv(1 << 16)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        except (OSError, ValueError):
            return False  # a blocking read will tell
        finally:
            self.sock.setblocking(True)
        self.inbuf += data
        return bool(data)

    def wait_for_close(self, seconds=None):
        """Swallow what still comes until the client goes away."""
        try:
            self.sock.settimeout(seconds)
            while self.sock.recv(1 << 16):
                pass
        except (OSError, ValueError):
            pass

    # -- writing

    def send(self, data):
        if self.cut_at is not None and self.sent + len(data) >= self.cut_at:
            self.out += data[:self.cut_at - self.sent]
            self.sent = self.cut_at
            self.flush()
            raise Cut
        self.sent += len(data)
        self.out += data
        if len(self.out) >= FLUSH_AT or self.drip:
            self.flush()

    def flush(self):
        data, self.out = bytes(self.out), bytearray()
        try:
            if not self.drip:
                self.sock.sendall(data)
                return
            for i in range(len(data)):
                self.sock.sendall(data[i:i + 1])
                time.sleep(self.drip)
        except (OSError, ValueError) as e:
            raise Gone from e

    def send_for_ever(self, chunk):
        while True:
            self.send(chunk)

    # -- TLS and the end

    def start_tls(self, context):
        def remember(_sock, name, _context):
            self.sni = name
        context.sni_callback = remember
        self.inbuf = b""
        try:
            self.sock.settimeout(30)
            self.sock = context.wrap_socket(self.sock, server_side=True)
            self.sock.settimeout(None)
        except (OSError, ValueError) as e:
            raise Gone from e
        self.tls = True

    def close(self, cut=False):
        """End the connection so that everything sent still arrives."""
        try:
            if cut and self.o.reset:
                linger = b"\1\0\0\0\0\0\0\0"
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            elif self.tls and not cut and not self.o.no_close_notify:
                self.sock.settimeout(2)
                self.sock.unwrap()
            else:
                self.sock.shutdown(socket.SHUT_WR)
                self.wait_for_close(5)
        except (OSError, ValueError):
            pass
        finally:
            self.sock.close()


# ---------------------------------------------------------------- the dialogue


class Session:
    """One client's dialogue. A method cmd_X answers the command X; it returns
    or sends the reply, and self.over ends the session."""

    def __init__(self, wire, behaviour, maildrop, note):
        self.wire = wire
        self.b = behaviour
        self.o = behaviour.o
        self.maildrop = maildrop
        self.note = note  # called with a line for the transcript
        self.eol = b"\n" if self.o.bare_lf == "all" else b"\r\n"
        self.body_eol = b"\n" if self.o.bare_lf else b"\r\n"
        self.user = None
        self.messages = None  # None before the login
        self.deleted = set()
        self.locked = False
        self.over = False

    def run(self):
        if self.wire.cut_at == 0:
            raise Cut
        if self.o.tls:
            self._start_tls()
        self._faults("GREETING", "")
        self.line(self.b.greeting())
        self._heal()
        while not self.over:
            line = self.wire.readline()
            self.note(None, visible(line))
            word, _, rest = line.decode("latin-1").partition(" ")
            self._answer(word.upper(), rest)
        self.wire.flush()

    def release(self):
        if self.locked:
            self.maildrop.lock.release()

    # -- replies

    def line(self, data):
        self.wire.send(data + self.eol)

    def ok(self, text=b""):
        self.line(b"+OK " + text if text else b"+OK")

    def err(self, text):
        self.line(b"-ERR " + text)

    def lines(self, lines, status=b""):
        self.ok(status)
        for one in lines:
            self.line(one)
        self.line(b".")

    # -- faults

    def _answer(self, command, rest):
        args = rest.split(" ")
        if self.wire.more_is_here() and not self.b.pipelines(
                self.wire.tls, self.messages is not None):
            self.note("pipelined", command)
        if self._faults(command, args[0]):
            method = getattr(self, "cmd_" + command, None)
            if method is None or self.b.without(command):
                self.err(b"unknown command")
            else:
                method(rest, args)
        self._heal()

    def _faults(self, command, arg):
        """Do what the options want for this command; False when that was all."""
        cut = self.b.keyed(self.o.cut_at, command, arg)
        if cut is not None:
            self._cut_in(int(cut))
        drip = self.b.keyed(self.o.drip, command, arg) or self.o.drip.get("ALL")
        if drip is not None:
            self.wire.flush()
            self.wire.drip = float(drip)
        if self.b.named(self.o.hang, command, arg):
            self.wire.flush()
            self.wire.wait_for_close()
            raise Gone
        if self.b.named(self.o.endless_status, command, arg):
            self.wire.send(b"+OK ")
            self.wire.send_for_ever(b"x" * 4096)
        if self.b.named(self.o.endless_line, command, arg):
            self.ok()
            self.wire.send_for_ever(b"x" * FLUSH_AT)
        if self.b.named(self.o.endless_body, command, arg):
            self.ok()
            self.wire.send_for_ever((b"x" * 62 + self.eol) * 1024)
        said = self.b.keyed(self.o.say, command, arg)
        if said is not None:
            if command == "QUIT" and said.startswith("+OK"):
                self._expunge()
            self.line(unescape(said))
            return False
        error = self.b.keyed(self.o.err, command, arg)
        if error is not None:
            self.err(unescape(error))
            return False
        return True

    def _cut_in(self, n):
        at = self.wire.sent + n
        if self.wire.cut_at is None or at < self.wire.cut_at:
            self.wire.cut_at = at
        if n == 0:
            self.wire.flush()
            raise Cut

    def _heal(self):
        """A drip is over with its reply."""
        if self.wire.drip and "ALL" not in self.o.drip:
            self.wire.flush()
            self.wire.drip = None

    # -- helpers of the commands

    def _start_tls(self):
        try:
            self.wire.start_tls(self.b.tls_context())
        except Gone as e:
            self.note("tls-failed", visible(str(e.__cause__).encode()))
            raise
        s = self.wire.sock
        self.note("tls", "%s alpn=%s sni=%s" % (
            s.version(), s.selected_alpn_protocol() or "-", self.wire.sni or "-"))

    def _log_in(self):
        if self.o.exclusive and not self.maildrop.lock.acquire(blocking=False):
            self.err(b"[IN-USE] the maildrop is in use")
            return
        self.locked = self.o.exclusive
        self.messages = self.maildrop.load(self.o.fake)
        self.ok(b"logged in")

    def _refuse_login(self):
        self.user = None
        self.err(b"[AUTH] wrong user or password")

    def _in(self):
        if self.messages is None:
            self.err(b"log in first")
        return self.messages is not None

    def _message(self, word):
        """The message that an argument names, or None after an -ERR."""
        number = int(word) if word.isdigit() else 0
        if not 0 < number <= len(self.messages) or number in self.deleted:
            self.err(b"no such message")
            return None
        return self.messages[number - 1]

    def _present(self):
        return [(i, m) for i, m in enumerate(self.messages, 1) if i not in self.deleted]

    def _listing(self, arg, tell, more):
        """LIST and UIDL, of one message or of all."""
        if not self._in():
            return
        if arg:
            m = self._message(arg)
            if m is not None:
                self.ok(b"%d %s" % (int(arg), tell(int(arg), m)))
            return
        self.lines([b"%d %s" % (i, tell(i, m)) for i, m in self._present()] +
                   [unescape(x) for x in more], b"here they are")

    def _send_text(self, text, status):
        self.ok(status)
        self.wire.send(stuffed(text, self.body_eol) + b"." + self.eol)

    def _expunge(self):
        if not self.o.no_expunge:
            for number in self.deleted:
                self.messages[number - 1].remove()

    # -- before the login

    def cmd_CAPA(self, _rest, _args):
        self.lines(self.b.capabilities(self.wire.tls, self.messages is not None))

    def cmd_STLS(self, _rest, _args):
        if not self.o.stls or self.wire.tls or self.messages is not None:
            self.err(b"not now")
            return
        self.ok(b"begin TLS")
        if self.o.inject is not None:
            self.wire.send(unescape(self.o.inject))
        self.wire.flush()
        self._start_tls()
        self.user = None

    def cmd_USER(self, rest, _args):
        self.user = rest
        self.ok(b"who?")

    def cmd_PASS(self, rest, _args):
        if self.messages is not None:
            self.err(b"logged in already")
        elif self.user == self.o.user and rest == self.o.password:
            self._log_in()
        else:
            self._refuse_login()

    def cmd_APOP(self, _rest, args):
        secret = self.o.apop_stamp + self.o.password
        want = hashlib.md5(secret.encode("utf-8", "surrogateescape")).hexdigest()
        if not self.o.apop:
            self.err(b"unknown command")
        elif args == [self.o.user, want]:
            self._log_in()
        else:
            self._refuse_login()

    def cmd_AUTH(self, _rest, args):
        name = args[0].upper()
        if self.messages is not None or name not in self.o.sasl + self.o.hidden_sasl:
            self.err(b"no such mechanism")
            return
        if len(args) > 1 and self.o.initial == "refuse":
            self.err(b"protocol error")
            return
        initial = args[1] if len(args) > 1 and self.o.initial == "take" else None
        try:
            if self._converse(sasl.MECHANISMS[name](self), name, initial):
                self._log_in()
            else:
                self._refuse_login()
        except sasl.Early:
            self._log_in()
        except (binascii.Error, ValueError, KeyError, IndexError) as why:
            self.note("nonsense", repr(why))
            self.err(b"this is no response")

    def _converse(self, mechanism, name, initial):
        """Plays a mechanism to its end; tells whether the client may come in."""
        challenge = next(mechanism)
        try:
            if initial is not None and name not in sasl.SERVER_FIRST:
                challenge = mechanism.send(base64.b64decode(
                    "" if initial == "=" else initial, validate=True))
            for n in range(10):
                line = b"+ " + base64.b64encode(challenge)
                if n == 0 and self.o.challenge is not None:
                    line = unescape(self.o.challenge)
                self.line(line)
                self._heal()
                response = self.wire.readline()
                self.note(None, visible(response))
                if response == b"*":
                    self.note("cancelled", name)
                    return False
                challenge = mechanism.send(base64.b64decode(response, validate=True))
        except StopIteration as end:
            return end.value
        return False

    def cmd_UTF8(self, _rest, _args):
        if self.o.utf8:
            self.ok()
        else:
            self.err(b"unknown command")

    # -- after it

    def cmd_STAT(self, _rest, _args):
        if self._in():
            present = self._present()
            self.ok(unescape(self.o.stat) if self.o.stat is not None else
                    b"%d %d" % (len(present), sum(m.size for _, m in present)))

    def cmd_LIST(self, rest, _args):
        self._listing(rest, self.b.size_of, self.o.list_line)

    def cmd_UIDL(self, rest, _args):
        self._listing(rest, lambda _i, m: m.uid, self.o.uidl_line)

    def cmd_RETR(self, rest, _args):
        if self._in():
            m = self._message(rest)
            if m is not None:
                self._send_text(m.text, b"%d octets" % m.size)

    def cmd_TOP(self, _rest, args):
        if not self._in():
            return
        m = self._message(args[0])
        if m is None:
            return
        head, body = split_head(m.text)
        wanted = io.BytesIO(body).readlines()[:int(args[1])]
        self._send_text(head + b"".join(wanted), b"top of message")

    def cmd_DELE(self, rest, _args):
        if self._in():
            if self._message(rest) is not None:
                self.deleted.add(int(rest))
                self.ok(b"marked")

    def cmd_RSET(self, _rest, _args):
        if self._in():
            self.deleted.clear()
            self.ok()

    def cmd_LAST(self, _rest, _args):
        if self.o.last is None:
            self.err(b"unknown command")
        elif self._in():
            self.ok(b"%d" % self.o.last)

    def cmd_NOOP(self, _rest, _args):
        self.ok()

    def cmd_QUIT(self, _rest, _args):
        self._expunge()
        self.over = True
        self.ok(b"bye")


# ---------------------------------------------------------------- the server


class Transcript:
    """The file of what was received; whole lines, from several threads."""

    def __init__(self, path):
        self.file = open(path, "a", buffering=1) if path else None
        self.lock = threading.Lock()

    def write(self, line):
        if self.file:
            with self.lock:
                self.file.write(line + "\n")


class Server:
    """Listens, and gives each connection a thread. argv is the command line;
    a program that embeds the server may change `extra`, options for the next
    connections, and read `last_sent`, the bytes sent to the last one."""

    def __init__(self, argv):
        self.argv = list(argv)
        self.extra = []
        self.last_sent = 0
        self.connections = 0
        self.o = Behaviour.parse(self.argv).o
        self.maildrop = Maildrop(self.o.directory)
        self.transcript = Transcript(self.o.transcript)
        self.idle = threading.Condition()
        self.open_connections = 0
        self.listeners = self._listen_somewhere()
        self.port = self.listeners[0].getsockname()[1]

    def _listen_somewhere(self):
        """One port for all addresses: what is free on the first may be taken on the next."""
        for _ in range(20):
            try:
                return self._listen()
            except OSError as why:
                if why.errno != errno.EADDRINUSE:
                    raise
        raise OSError(errno.EADDRINUSE, "no port is free on all addresses")

    def _listen(self):
        sockets, port = [], 0
        for address in self.o.listen or ["127.0.0.1"]:
            s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if ":" in address:
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if self.o.small_buffers:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            s.bind((address, port))
            s.listen(64)
            port = s.getsockname()[1]
            sockets.append(s)
        if self.o.unix:
            s = socket.socket(socket.AF_UNIX)
            s.bind(self.o.unix)
            s.listen(64)
            sockets.append(s)
        return sockets

    def start(self):
        for listener in self.listeners:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        if self.o.port_file:
            with open(self.o.port_file + ".new", "w") as f:
                f.write("%d\n" % self.port)
            os.rename(self.o.port_file + ".new", self.o.port_file)

    def wait_idle(self, seconds=10):
        """Wait until no connection is open; tells whether that came true."""
        with self.idle:
            return self.idle.wait_for(lambda: self.open_connections == 0, seconds)

    def _options_now(self):
        more = list(self.extra)
        try:
            with open(self.o.options_file or "") as f:
                more += shlex.split(f.read(), comments=True)
        except FileNotFoundError:
            pass
        return Behaviour.parse(self.argv + more)

    def _accept(self, listener):
        while True:
            sock, _ = listener.accept()
            if sock.family != socket.AF_UNIX:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.idle:
                self.connections += 1
                self.open_connections += 1
            threading.Thread(target=self._serve, args=(sock, self.connections),
                             daemon=True).start()

    def _serve(self, sock, number):
        def note(kind, text):
            self.transcript.write(text if kind is None else
                                  ("# %d %s %s" % (number, kind, text)).rstrip())

        behaviour = self._options_now()
        wire = Wire(sock, behaviour)
        session = Session(wire, behaviour, self.maildrop, note)
        cut = False
        note("open", "")
        if behaviour.o.note_peer:
            note("from", sock.getpeername()[0])
        try:
            session.run()
        except Gone:
            pass
        except Cut:
            cut = True
        finally:
            session.release()
            # Before the close: who sees the connection closed finds the line there.
            note("close", "flights=%d sent=%d" % (wire.flights, wire.sent))
            self.last_sent = wire.sent
            wire.close(cut)
            with self.idle:
                self.open_connections -= 1
                self.idle.notify_all()


def main():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    server = Server(sys.argv[1:])
    server.start()
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
