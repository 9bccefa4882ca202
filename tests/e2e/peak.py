#!/usr/bin/python3 -SI
"""peak.py FILE COMMAND... - runs the command, writes its peak memory in KiB to FILE.

The figure is the kernel's, which begins to count with the memory of the process that
became the command: so this imports next to nothing, and the least it can say is the
size of a bare interpreter, some 9 MiB."""

import os
import sys

pid = os.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(pid, 0)
with open(sys.argv[1], "w") as f:
    f.write("%d\n" % usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
