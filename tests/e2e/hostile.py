#!/usr/bin/python3
"""hostile.py - a server that says what a script tells it to, however much that is.

    hostile.py --port-file FILE [--transcript FILE] [--cert FILE --key FILE] SCRIPT

pop3d.py and smtpd.py are servers with faults; this one is no server at all. It plays
SCRIPT to each connection, reading it anew, and closes behind its last line:

    wait WORD               read commands until one begins with WORD, in any case
    serve WORD TEXT         read commands, answer each that begins with WORD by TEXT, and
                            go on at one that does not, which the next "wait" still sees
    send TEXT               these bytes
    repeat N TEXT           N times, or "forever"; %d in TEXT is the count, from 1 on
    drip SECONDS TEXT       byte by byte
    sink                    take what comes, up to a dot on a line of its own
    tls                     a TLS handshake
    reset                   close by a TCP reset
    hang                    say nothing any more, until the client has gone

TEXT is all that follows one blank; it may hold backslash escapes (\\r \\n \\x00 \\\\), and a
line end of the script ends it. An empty line, and one that begins with "#", says nothing.

The transcript has each command received, "# took N" for the bytes of a sink, and "# sent N"
when a connection has ended, for the bytes that were sent to it.
"""

import argparse
import os
import socket
import ssl
import struct
import threading
import time

BLOCK = 1 << 16


class Gone(Exception):
    """The client has closed the connection."""


def unescape(text):
    raw = text.encode("utf-8", "surrogateescape").decode("latin-1")
    return raw.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("latin-1")


def visible(data):
    return "".join(chr(b) if 32 <= b < 127 else "\\x%02x" % b for b in data)


class Play:
    """One connection."""

    def __init__(self, sock, options, note):
        self.sock, self.o, self.note = sock, options, note
        self.inbuf = b""
        self.command = None  # read and not yet taken by a "wait" or "serve"
        self.sent = 0

    def run(self, lines):
        for line in lines:
            word, _, rest = line.partition(" ")
            if word and not word.startswith("#"):
                getattr(self, "do_" + word)(rest)

    def next_command(self):
        if self.command is None:
            while b"\n" not in self.inbuf:
                data = self.sock.recv(BLOCK)
                if not data:
                    raise Gone
                self.inbuf += data
            line, _, self.inbuf = self.inbuf.partition(b"\n")
            self.command = line.rstrip(b"\r")
            self.note(visible(self.command))
        return self.command

    def is_next(self, word):
        return self.next_command().upper().startswith(word.upper().encode())

    def put(self, data):
        self.sock.sendall(data)
        self.sent += len(data)

    def do_wait(self, word):
        while not self.is_next(word):
            self.command = None
        self.command = None

    def do_serve(self, rest):
        word, _, text = rest.partition(" ")
        reply = unescape(text)
        while self.is_next(word):
            self.command = None
            self.put(reply)

    def do_send(self, text):
        self.put(unescape(text))

    def do_repeat(self, rest):
        times, _, text = rest.partition(" ")
        most = None if times == "forever" else int(times)
        piece = unescape(text)
        if b"%d" in piece:
            self._count(most, piece)
            return
        block = piece * max(1, BLOCK // len(piece))
        left = most
        while left is None or left * len(piece) >= len(block):
            self.put(block)
            left = left if left is None else left - len(block) // len(piece)
        self.put(piece * left)

    def _count(self, most, piece):
        out, n = bytearray(), 0
        while most is None or n < most:
            n += 1
            out += piece.replace(b"%d", b"%d" % n)
            if len(out) >= BLOCK:
                self.put(bytes(out))
                out.clear()
        self.put(bytes(out))

    def do_drip(self, rest):
        seconds, _, text = rest.partition(" ")
        for byte in unescape(text):
            self.put(bytes([byte]))
            time.sleep(float(seconds))

    def do_sink(self, _rest):
        end, tail, taken = b"\r\n.\r\n", b"\r\n", 0
        data, self.inbuf = self.inbuf, b""
        while True:
            taken += len(data)
            tail = (tail + data)[-len(end):] if len(data) < len(end) else data[-len(end):]
            if tail == end:
                break
            data = self.sock.recv(BLOCK)
            if not data:
                raise Gone
        self.note("# took %d" % taken)

    def do_tls(self, _rest):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.o.cert, self.o.key)
        self.sock = context.wrap_socket(self.sock, server_side=True)

    def do_reset(self, _rest):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone

    def do_hang(self, _rest):
        while self.sock.recv(BLOCK):
            pass
        raise Gone


class Server:
    def __init__(self, options):
        self.o = options
        self.lock = threading.Lock()
        self.transcript = open(options.transcript, "a") if options.transcript else None
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(50)

    def note(self, text):
        if self.transcript:
            with self.lock:
                self.transcript.write(text + "\n")
                self.transcript.flush()

    def play(self, sock):
        play = Play(sock, self.o, self.note)
        try:
            with open(self.o.script, encoding="utf-8", errors="surrogateescape") as f:
                play.run(f.read().split("\n"))
            # An orderly end, so that all that was sent arrives.
            play.sock.shutdown(socket.SHUT_WR)
            while play.sock.recv(BLOCK):
                pass
        except (Gone, OSError):
            pass
        self.note("# sent %d" % play.sent)
        play.sock.close()

    def loop(self):
        with open(self.o.port_file + ".new", "w") as f:
            f.write("%d\n" % self.listener.getsockname()[1])
        os.rename(self.o.port_file + ".new", self.o.port_file)
        while True:
            sock, _ = self.listener.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.play, args=(sock,), daemon=True).start()


def main():
    p = argparse.ArgumentParser(description="a server that plays a script")
    p.add_argument("script")
    p.add_argument("--port-file", required=True)
    p.add_argument("--transcript")
    p.add_argument("--cert")
    p.add_argument("--key")
    Server(p.parse_args()).loop()


if __name__ == "__main__":
    main()
