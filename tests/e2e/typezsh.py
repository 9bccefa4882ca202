"""typezsh.py DIRECTORY LINE: what a zsh on a pseudo-terminal makes of LINE and a tab.

DIRECTORY has the completion scripts. A key prints the line as the editor has it, in angle brackets.
"""
import os
import pty
import select
import sys
import time

SETUP = """unsetopt list_beep; PS1=; fpath=({0} $fpath); autoload -U compinit; compinit -D -u;
show() {{ print -r -- "<$BUFFER>" >{0}/line.new; mv {0}/line.new {0}/line }}
zle -N show; bindkey '^X' show; print RE''ADY
"""


def main():
    directory, typed = sys.argv[1:]
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "dumb"
        os.execvp("zsh", ["zsh", "-f", "-i"])
    line, seen, end = directory + "/line", b"", time.monotonic() + 60

    def read():
        return os.read(fd, 65536) if select.select([fd], [], [], 0.1)[0] else b""

    os.write(fd, SETUP.format(directory).encode())
    while b"READY" not in seen and time.monotonic() < end:
        seen += read()
    os.write(fd, typed.encode() + b"\t\x18")
    while not os.path.exists(line) and time.monotonic() < end:
        read()
    with open(line, encoding="utf-8") as f:
        print(f.read().strip())
    os.unlink(line)


main()
