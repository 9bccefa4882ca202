#!/usr/bin/python3
"""smtpd.py - a scriptable SMTP and LMTP server on loopback, for haulmail's tests.

    smtpd.py [options] --port-file FILE DIRECTORY

What it accepts lands in DIRECTORY: NUMBER.eml, the bytes between DATA's reply and the dot with
doubled dots undone, and NUMBER.env, a line for MAIL and for each RCPT accepted. By LMTP a message
that was refused to a recipient is not in that recipient's name: NUMBER.env has a line
"ACCEPTED <address>" for each reply.

The server behaves, until options tell it not to. A KEY names a command: "RCPT" is every one,
"RCPT:2" the second that this server has ever received, "RCPT<bob@example.org>" each for that
recipient. GREETING, and BODY for the end of a message, count as commands; so do, by LMTP, the
replies behind a message, as "BODY<bob@example.org>".

    --reply KEY=TEXT   say that instead (backslash escapes; CRLF is added); 421 hangs up behind it
    --drop KEY         hang up before the reply
    --drop-after KEY   hang up behind the reply
    --hang KEY         say nothing any more, for a long time

The transcript has one line per command received, and lines that begin with "#" for what else
happened: "# 1 open", "# 1 tls TLSv1.3", "# 1 pipelined RCPT" (a command behind another one though
PIPELINING had not been announced), "# 1 bare" (a line of a message that does not end in CRLF),
"# 1 close flights=4". "flights" counts how often the server had answered everything and had to
wait for the client, the time after the greeting included.

Options are read again for each connection from --options-file, if it exists, behind those of the
command line.
"""

import argparse
import base64
import os
import re
import shlex
import socket
import ssl
import sys
import threading
import time

FEATURES = ["PIPELINING", "SIZE 10000000", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8"]


def unescape(text):
    raw = text.encode("utf-8", "surrogateescape").decode("latin-1")
    return raw.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("latin-1")


def visible(data):
    return "".join(chr(b) if 32 <= b < 127 else "\\x%02x" % b for b in data)


def options_of(argv):
    p = argparse.ArgumentParser(description="a scriptable SMTP server")
    p.add_argument("directory")
    p.add_argument("--port-file")
    p.add_argument("--transcript")
    p.add_argument("--options-file")
    p.add_argument("--unix", help="listen on this socket")
    p.add_argument("--lmtp", action="store_true")
    p.add_argument("--feature", action="append", help="announce this, instead of the usual ones")
    p.add_argument("--also", action="append", default=[], help="announce this, too")
    p.add_argument("--cert")
    p.add_argument("--key")
    p.add_argument("--smtps", action="store_true")
    p.add_argument("--login", help="USER:PASSWORD, without which MAIL is refused")
    p.add_argument("--inject", default="", help="bytes behind the reply to STARTTLS, in the clear")
    p.add_argument("--latency", type=float, default=0, help="seconds, one way")
    p.add_argument("--trickle", action="store_true", help="send replies byte by byte")
    p.add_argument("--reply", action="append", default=[])
    p.add_argument("--drop", action="append", default=[])
    p.add_argument("--hang", action="append", default=[])
    p.add_argument("--drop-after", action="append", default=[])
    return p.parse_args(argv)


class Hangup(Exception):
    pass


class Session:
    def __init__(self, server, number, sock):
        self.server, self.number, self.sock = server, number, sock
        self.o = server.options_now()
        self.buffer = b""
        self.flights = 0
        self.out = b""
        self.tls = self.announced = False
        self.user = None
        self.reset()

    def reset(self):
        self.sender, self.to, self.envelope = None, [], []

    def note(self, text):
        self.server.note("# %d %s" % (self.number, text))

    # -- bytes

    def flush(self):
        out, self.out = self.out, b""
        if out and self.o.latency:
            time.sleep(2 * self.o.latency)
        for piece in [out[i:i + 1] for i in range(len(out))] if self.o.trickle else [out]:
            if piece:
                self.sock.sendall(piece)

    def more(self):
        self.flights += bool(self.out)
        self.flush()
        data = self.sock.recv(65536)
        if not data:
            raise Hangup
        self.buffer += data

    def line(self):
        while b"\n" not in self.buffer:
            self.more()
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line[:-1] if line.endswith(b"\r") else line

    # -- rules

    def matches(self, keys, verb, argument):
        count = self.server.counts.get(verb, 0)
        address = re.search(rb"<([^>]*)>", argument)
        names = [verb, "%s:%d" % (verb, count)]
        if address:
            names.append("%s<%s>" % (verb, address.group(1).decode("utf-8", "replace")))
        return any(k in names for k in keys)

    def say(self, verb, usual, argument=b"", counted=False):
        """The reply to a command; False when a rule made it a refusal."""
        with self.server.lock:
            if not counted:
                self.server.counts[verb] = self.server.counts.get(verb, 0) + 1
        if self.matches(self.o.hang, verb, argument):
            self.flush()
            self.note("hangs")
            time.sleep(60)
        if self.matches(self.o.drop, verb, argument):
            raise Hangup
        text = usual
        for rule in self.o.reply:
            key, _, value = rule.partition("=")
            if self.matches([key], verb, argument):
                text = unescape(value)
        self.out += text + b"\r\n"
        if text.startswith(b"421") and verb == "BODY" and not self.o.lmtp:
            self.server.forget(self.server.counts["BODY"])
        if text.startswith(b"421") or self.matches(self.o.drop_after, verb, argument):
            self.flush()
            raise Hangup
        return text[:1] in b"23" and text[:1] == usual[:1]

    # -- commands

    def hello(self, argument):
        if self.verb in ("EHLO", "LHLO"):
            features = list(self.o.feature if self.o.feature is not None else FEATURES)
            features += self.o.also
            if self.o.cert and not self.tls:
                features.append("STARTTLS")
            if self.o.login:
                features.append("AUTH PLAIN LOGIN")
            self.announced = "PIPELINING" in features
            lines = ["smtp.test greets " + argument.decode("latin-1")] + features
            usual = b"\r\n".join(b"250%s%s" % (b" " if i == len(lines) - 1 else b"-", s.encode())
                                 for i, s in enumerate(lines))
        else:
            usual = b"250 smtp.test"
        self.say(self.verb, usual, argument)

    def starttls(self, argument):
        if not self.say("STARTTLS", b"220 go ahead" if self.o.cert else b"502 no"):
            return
        self.out += unescape(self.o.inject)
        self.flush()
        self.wrap()
        self.buffer = b""

    def wrap(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.o.cert, self.o.key)
        self.sock = context.wrap_socket(self.sock, server_side=True)
        self.tls = True
        self.note("tls " + self.sock.version())

    def auth(self, argument):
        words = argument.split()
        mechanism = words[0].upper() if words else b""
        initial = words[1] if len(words) > 1 else None

        def ask(prompt):
            self.out += b"334 " + base64.b64encode(prompt) + b"\r\n"
            return base64.b64decode(self.line())
        if mechanism == b"PLAIN":
            given = ask(b"") if initial is None else base64.b64decode(initial)
            user, password = given.split(b"\0")[1:3]
        else:
            user = ask(b"Username:") if initial is None else base64.b64decode(initial)
            password = ask(b"Password:")
        good = b"%s:%s" % (user, password) == (self.o.login or "").encode()
        if self.say("AUTH", b"235 2.7.0 welcome" if good else b"535 5.7.8 wrong") and good:
            self.user = user

    def mail(self, argument):
        if self.o.login and not self.user:
            self.say("MAIL", b"530 5.7.0 log in first", argument)
        elif self.sender is not None:
            self.say("MAIL", b"503 5.5.1 one is open", argument)
        elif self.say("MAIL", b"250 2.1.0 ok", argument):
            self.sender = argument
            self.envelope = [b"MAIL " + argument]

    def rcpt(self, argument):
        if self.sender is None:
            self.say("RCPT", b"503 5.5.1 MAIL first", argument)
        elif self.say("RCPT", b"250 2.1.5 ok", argument):
            self.to.append(argument)
            self.envelope.append(b"RCPT " + argument)

    def data(self, argument):
        if not self.to:
            self.say("DATA", b"503 5.5.1 no recipients", argument)
        elif self.say("DATA", b"354 go ahead", argument):
            text = self.body()
            with self.server.lock:
                self.server.counts["BODY"] = self.server.counts.get("BODY", 0) + 1
                number = self.server.counts["BODY"]
            self.server.keep(number, text, [])
            accepted = []
            for to in self.to if self.o.lmtp else [b""]:
                if self.say("BODY", b"250 2.0.0 taken", to, counted=True):
                    accepted += [to] if self.o.lmtp else self.to
                    self.server.keep(number, text, self.envelope +
                                     [b"ACCEPTED " + a for a in accepted])
                if self.o.lmtp:
                    self.flush()
            if not accepted:
                self.server.forget(number)
            self.reset()

    def body(self):
        lines = []
        while True:
            while b"\n" not in self.buffer:
                self.more()
            line, _, self.buffer = self.buffer.partition(b"\n")
            if not line.endswith(b"\r") or b"\r" in line[:-1]:
                self.note("bare")
            line = line[:-1] if line.endswith(b"\r") else line
            if line == b".":
                return b"".join(x + b"\r\n" for x in lines)
            lines.append(line[1:] if line.startswith(b".") else line)
            if self.server.counts.get("BODY", 0) + 1 in self.middles() and len(lines) > 3:
                raise Hangup

    def middles(self):
        return {int(k.partition(":")[2]) for k in self.o.drop if k.startswith("MIDDLE:")}

    def other(self, argument):
        if self.verb == "RSET":
            self.reset()
        usual = {"RSET": b"250 2.0.0 ok", "NOOP": b"250 2.0.0 ok", "QUIT": b"221 2.0.0 bye",
                 "HELP": b"214-this server\r\n214 helps", "VRFY": b"252 2.1.5 perhaps",
                 "EXPN": b"250-alice@example.org\r\n250 bob@example.org"}
        self.say(self.verb, usual.get(self.verb, b"500 5.5.1 what?"), argument)
        if self.verb == "QUIT":
            raise Hangup

    def run(self):
        commands = {"EHLO": self.hello, "HELO": self.hello, "LHLO": self.hello,
                    "STARTTLS": self.starttls, "AUTH": self.auth, "MAIL": self.mail,
                    "RCPT": self.rcpt, "DATA": self.data}
        if self.o.smtps:
            self.wrap()
        self.say("GREETING", b"220 smtp.test ready")
        while True:
            line = self.line()
            self.server.note(visible(line))
            verb, _, argument = line.partition(b" ")
            self.verb = verb.upper().decode("latin-1")
            if self.buffer and not self.announced:
                self.note("pipelined " + visible(self.buffer.split(b" ")[0]))
            wrong = self.verb in ("EHLO", "HELO") if self.o.lmtp else self.verb == "LHLO"
            (self.other if wrong else commands.get(self.verb, self.other))(argument)


class Server:
    def __init__(self, argv):
        self.argv = argv
        self.o = options_of(argv)
        self.lock = threading.RLock()
        self.counts = {}
        self.connections = 0
        self.transcript = open(self.o.transcript, "a") if self.o.transcript else None
        self.active = 0
        self._make_directory()
        if self.o.unix:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(self.o.unix)
            self.port = 0
        else:
            self.listener = socket.socket()
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.bind(("127.0.0.1", 0))
            self.port = self.listener.getsockname()[1]
        self.listener.listen(50)

    def _make_directory(self):
        os.makedirs(self.o.directory, exist_ok=True)

    def wait_idle(self):
        """Until nobody is connected any more, as far as we know by now."""
        time.sleep(0.002)
        deadline = time.monotonic() + 10
        while self.active and time.monotonic() < deadline:
            time.sleep(0.002)

    def options_now(self):
        more = []
        if self.o.options_file and os.path.exists(self.o.options_file):
            with open(self.o.options_file) as f:
                more = shlex.split(f.read())
        return options_of(self.argv + more)

    def note(self, text):
        if self.transcript:
            with self.lock:
                self.transcript.write(text + "\n")
                self.transcript.flush()

    def path(self, number, kind):
        return os.path.join(self.o.directory, "%d.%s" % (number, kind))

    def keep(self, number, text, envelope):
        with open(self.path(number, "eml"), "wb") as f:
            f.write(text)
        with open(self.path(number, "env"), "wb") as f:
            f.write(b"".join(x + b"\n" for x in envelope))

    def forget(self, number):
        os.unlink(self.path(number, "eml"))
        os.unlink(self.path(number, "env"))

    def serve(self, sock, number):
        session = Session(self, number, sock)
        session.note("open")
        try:
            session.run()
        except (Hangup, OSError, ssl.SSLError):
            pass
        try:
            session.flush()
        except OSError:
            pass
        session.note("close flights=%d" % session.flights)
        try:
            if session.tls:
                session.sock.unwrap()
        except (OSError, ValueError):
            pass
        session.sock.close()
        with self.lock:
            self.active -= 1

    def loop(self):
        while True:
            sock, _ = self.listener.accept()
            if sock.family == socket.AF_INET:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            with self.lock:
                self.active += 1
            threading.Thread(target=self.serve, args=(sock, self.connections),
                             daemon=True).start()


def main():
    server = Server(sys.argv[1:])
    if server.o.port_file:
        with open(server.o.port_file + ".new", "w") as f:
            f.write("%d\n" % server.port)
        os.rename(server.o.port_file + ".new", server.o.port_file)
    server.loop()


if __name__ == "__main__":
    main()
