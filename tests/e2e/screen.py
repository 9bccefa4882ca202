"""screen.py [--columns N] [--term TERM] [--resize N] [--answer PROMPT=TEXT]... -- COMMAND...

Runs a command on a pseudo-terminal of its own and prints what it showed:

    frame: TEXT     a line that was written over the one before, each time
    wrap: TEXT      one that has no room in its line
    line: TEXT      what stood on the screen in the end
    status: N       the exit status

--resize makes the terminal that wide with the first frame. --answer types TEXT and a newline when
PROMPT has been shown, each once and in their order; "PROMPT=^D" is the end of the input.
"""
import argparse
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time


def set_columns(fd, n):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, n, 0, 0))


class Screen:
    """Lines as a terminal shows them, as far as CR, LF, ESC [ K and colours go."""

    def __init__(self, columns):
        self.columns, self.lines, self.at = columns, [""], 0

    def feed(self, text):
        for token in re.findall(r"\033\[[0-9;]*[A-Za-z]|[\r\n]|[^\r\n\033]+|\033", text):
            line = self.lines[-1]
            if token == "\n":
                self.lines.append("")
                self.at = 0
            elif token == "\r":
                self.at = 0
            elif token.endswith("K") and token[0] == "\033":
                self.lines[-1] = line[:self.at]
            elif token[0] != "\033":
                self.lines[-1] = line[:self.at] + token + line[self.at + len(token):]
                self.at += len(token)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--columns", type=int, default=80)
    p.add_argument("--term", default="xterm")
    p.add_argument("--resize", type=int)
    p.add_argument("--answer", action="append", default=[])
    p.add_argument("--limit", type=float, default=120)
    p.add_argument("command", nargs="+")
    o = p.parse_args()

    wait, go = os.pipe()
    pid, fd = pty.fork()
    if pid == 0:
        os.close(go)
        os.read(wait, 1)
        os.environ["TERM"] = o.term
        os.execvp(o.command[0], o.command)
    set_columns(fd, o.columns)
    os.close(go)

    answers = [a.rpartition("=") for a in o.answer]
    shown, since, frames, columns = "", 0, [], o.columns
    deadline = time.monotonic() + o.limit
    while True:
        if not select.select([fd], [], [], max(0, deadline - time.monotonic()))[0]:
            os.kill(pid, signal.SIGKILL)
            print("hung")
            break
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece.decode("utf-8", "replace")
        for text in re.findall(r"\r([^\r\n\033]+)\033\[K", piece.decode("utf-8", "replace")):
            frames.append((text, columns))
            if o.resize:
                columns, o.resize = o.resize, None
                set_columns(fd, columns)
        while answers and answers[0][0] in shown[since:]:
            prompt, _, text = answers.pop(0)
            since += shown[since:].index(prompt) + len(prompt)
            time.sleep(0.2)  # until it has switched the echo off
            os.write(fd, b"\x04" if text == "^D" else text.encode() + b"\n")

    screen = Screen(o.columns)
    screen.feed(shown.replace("\r\n", "\n"))
    for text, width in frames:
        print("frame:", text)
        if len(text) >= width:
            print("wrap:", text)
    for line in screen.lines:
        print("line:", line)
    print("colours:", len(re.findall(r"\033\[[0-9;]+m", shown)))
    status = os.waitpid(pid, 0)[1]
    print("status:", os.waitstatus_to_exitcode(status))


sys.exit(main())
