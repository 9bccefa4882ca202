#!/usr/bin/python3
"""terminal.py - a program on a terminal of its own.

    terminal.py COLUMNS ANSWER PROGRAM [ARGUMENT]...

Standard input, output and error of the program are a pseudo-terminal so many
columns wide, without echo and without changes to what passes. What it prints is
printed here; ANSWER (with a line end) is typed when it has printed "? ", unless
it is empty. The exit status is the program's, or 124 if it does not end.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

LIMIT = 60 * (20 if os.environ.get("HAULMAIL_WRAPPER") else 1)


def main():
    columns, answer, program = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    pid, fd = pty.fork()
    if pid == 0:
        modes = termios.tcgetattr(0)
        modes[1] &= ~termios.OPOST
        modes[3] &= ~termios.ECHO
        termios.tcsetattr(0, termios.TCSANOW, modes)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.execvp(program[0], program)
    said, deadline = b"", time.monotonic() + LIMIT
    while True:
        if not select.select([fd], [], [], max(0, deadline - time.monotonic()))[0]:
            os.kill(pid, signal.SIGKILL)
            return 124
        try:
            piece = os.read(fd, 65536)
        except OSError:  # EIO: the other side is closed
            piece = b""
        if not piece:
            break
        said += piece
        os.write(1, piece)
        if answer and b"? " in said:
            os.write(fd, answer.encode() + b"\n")
            answer = ""
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status if status >= 0 else 128 - status


sys.exit(main())
