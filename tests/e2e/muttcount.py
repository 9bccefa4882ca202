#!/usr/bin/python3
"""muttcount.py MBOX - how many messages mutt sees in an mbox.

mutt runs on a pseudo-terminal, shows the count in its status line, and quits."""

import os
import pty
import re
import select
import sys
import time


def mutt_screen(mbox, seconds):
    """What mutt draws until it quits."""
    commands = ["set status_format='<count %m>'", "set quit=yes move=no mbox_type=mbox",
                "set sort=mailbox-order folder=/", "push <quit>"]
    argv = ["mutt", "-n", "-R", "-F", "/dev/null", "-f", mbox]
    for command in commands:
        argv += ["-e", command]
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="vt100", LINES="24", COLUMNS="80")
        os.execvp(argv[0], argv)
    screen, end = b"", time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            if select.select([fd], [], [], 0.1)[0]:
                screen += os.read(fd, 65536)
    except OSError:  # mutt has gone
        pass
    else:
        os.kill(pid, 9)
    os.waitpid(pid, 0)
    return screen


found = re.findall(rb"<count (\d+)>", mutt_screen(sys.argv[1], 20))
if not found:
    sys.exit("mutt showed no count")
print(found[-1].decode())
