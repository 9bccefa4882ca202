#!/bin/sh
# The target stdout: a program that reads messages from our output, a file, or neither.
. "$(dirname "$0")/lib.sh"

# haul_into COMMAND [ARGS...]: haulmail's standard output is a pipe into the command; RC and ERR are
# haulmail's own.
haul_into()
{
	_reader=$1
	shift
	{
		run_haulmail "$@" 2>"$T/err"
		echo $? >"$T/status"
	} | sh -c "$_reader"
	RC=$(cat "$T/status") ERR=$(cat "$T/err") OUT=
}

# Everything through a pipe, in order.
fresh_home
maildrop corners
makemail big "$DROP/99-big.eml" 3000000
cp "$DROP/99-big.eml" "$MASTER"
start_server "$DROP"
home_config
haul_into "cat >$INBOX" --to stdout
exits 0 "into a pipe"
quiet "in silence"
delivered "each message has come through" --ordered
is "$(on_server)" 0 "and is deleted on the server"
haul_into "cat >$HOME/second" --to stdout
exits 0 "the next run"
is "$(cat "$HOME/second")" "" "prints nothing"
haul
exits 0 "and to the config's own target"
is "$(count_mail)" "$(find "$MASTER" -name '*.eml' | wc -l | tr -d ' ')" "nothing comes again"
stop_server

# As a target of the config; what -v says does not get into it.
fresh_home
maildrop sample
start_server "$DROP"
home_config "deliver stdout"
haul_into "cat >$INBOX" -v
exits 0 "in the config, and -v"
delivered "messages alone are on standard output" --ordered
contains "$ERR" "4 new messages" "the summary is on standard error"
refill
forget_journal
rm "$INBOX"
haul -vv
cp "$T/out" "$INBOX"
delivered "also with -vv" --ordered
refill
forget_journal
haul -n
exits 0 "a dry run"
is "$(printf '%s\n' "$OUT" | grep -c "would fetch")" 4 "says what it would do"
is "$(on_server)" 4 "and does not do it"
stop_server

# formail and procmail behind the pipe.
if command -v formail >/dev/null && command -v procmail >/dev/null; then
	fresh_home
	maildrop plain 30
	start_server "$DROP"
	home_config
	printf 'DEFAULT=%s\n' "$INBOX" >"$HOME/procmailrc"
	haul_into "formail -s procmail $HOME/procmailrc" --to stdout
	exits 0 "formail -s procmail"
	check "each message has arrived" mboxtool compare "$INBOX" "$MASTER"
	is "$(on_server)" 0 "and is deleted on the server"
	stop_server
else
	skip "formail or procmail is not installed"
fi

# A reader that goes away in the middle: what it has not read whole is still on the server. It keeps
# what it has read, and the next run brings the rest.
fresh_home
makemail random "$T/drop" 12 5
makemail big "$T/drop/000005-big.eml" 400000
for bytes in 0 1 500 5000 30000 100000 300000; do
	fresh_home
	DROP=$T/drop$homes MASTER=$T/drop
	refill
	start_server "$DROP"
	home_config
	haul_into "head -c $bytes >$HOME/first" --to stdout
	exits 75 "the reader goes away after $bytes bytes"
	complains "the reader goes away after $bytes bytes: told" "standard output: its reader has gone"
	check "the reader goes away after $bytes bytes: what it has not read does not count" \
		"$PYTHON" -c 'if True:
		import re, sys
		sys.path.insert(0, sys.argv[1])
		import mboxtool
		read = [m.text for m in mboxtool.read_mbox(sys.argv[2])[0]]
		want = mboxtool.read_sources(sys.argv[3])
		with open(sys.argv[4]) as f:
			seen = re.findall("^seen (.*) ", f.read(), re.MULTILINE)
		print(*seen, sep="\n")
		sys.exit(", ".join(n for n in seen if want[n + ".eml"] not in read) or 0)' \
		"$E2E" "$HOME/first" "$MASTER" "$JOURNAL"
	is "$(on_server)" 13 "the reader goes away after $bytes bytes: nothing is deleted yet"
	haul_into "cat >$INBOX" --to stdout
	exits 0 "the reader goes away after $bytes bytes: the next run"
	# shellcheck disable=SC2046 # no blanks in these UIDs
	check "the reader goes away after $bytes bytes: the rest comes" mboxtool compare \
		$(sed -n 's/./--skip &/p' "$T/check") "$INBOX" "$MASTER"
	is "$(on_server)" 0 "the reader goes away after $bytes bytes: and all are deleted"
	stop_server
done

# It reads, but not to the end of what lies in the pipe: a small message may not count.
fresh_home
maildrop plain 3
start_server "$DROP"
home_config
haul_into "dd bs=20 count=1 of=/dev/null 2>/dev/null; sleep 0.5" --to stdout
exits 75 "messages are small, the reader goes away"
is "$(on_server)" 3 "what only lay in the pipe is not deleted"

# One that does not read.
home_config "timeout ${SHORT}s"
haul_into "sleep $((SHORT + 2))" --to stdout
exits 75 "a reader that does not read"
complains "is told" "standard output: its reader does not read"
is "$(on_server)" 3 "nothing is deleted"
haul_into "exit 0" --to stdout
exits 75 "a reader that has gone before the first message"
is "$(on_server)" 3 "nothing is deleted"

# One that is slow.
cat >"$T/slow" <<'END'
while sleep 0.2 && dd bs=100 count=1 2>/dev/null >"$1.part" && [ -s "$1.part" ]; do
	cat "$1.part" >>"$1"
done
END
haul_into "sh $T/slow $INBOX" --to stdout
exits 0 "a slow reader"
delivered "gets everything"
stop_server

# ---- files and others

fresh_home
maildrop corners
start_server "$DROP"
home_config
haul --to stdout
exits 0 "into a file"
is "$ERR" "" "in silence"
cp "$T/out" "$INBOX"
delivered "each message is in it" --ordered
is "$(on_server)" 0 "and deleted on the server"

refill
forget_journal
if [ -w /dev/full ]; then
	run_haulmail --to stdout >/dev/full 2>"$T/err"
	RC=$? ERR=$(cat "$T/err") OUT=
	exits 75 "into /dev/full"
	complains "is told" "standard output: "
	is "$(on_server)" "$(find "$MASTER" -name '*.eml' | wc -l | tr -d ' ')" "and nothing is deleted"
else
	skip "there is no /dev/full"
fi
if [ -z "${HAULMAIL_WRAPPER-}" ]; then # which may open it again
	run_haulmail --to stdout >&- 2>"$T/err"
	RC=$? ERR=$(cat "$T/err") OUT=
	exits "74 75" "with standard output closed"
	complains "is told" "standard output: "
fi
is "$(on_server)" "$(find "$MASTER" -name '*.eml' | wc -l | tr -d ' ')" "and nothing is deleted"

refill
forget_journal
cat >"$T/small" <<'END'
trap '' XFSZ
ulimit -f 100 # blocks of 512 bytes
exec "$@"
END
wrapper=${HAULMAIL_WRAPPER-}
HAULMAIL_WRAPPER="sh $T/small $wrapper"
haul --to stdout
HAULMAIL_WRAPPER=$wrapper
exits 75 "into a file that cannot grow"
is "$(wc -l <"$T/err" | tr -d ' ')" 1 "is told in one line"
is "$(on_server)" "$(find "$MASTER" -name '*.eml' | wc -l | tr -d ' ')" "and nothing is deleted"

# A terminal.
# shellcheck disable=SC2086 # the wrapper is a command with its options
"$PYTHON" -c 'if True:
	import os, pty, sys
	pid, fd = pty.fork()
	if pid == 0:
		os.execvp(sys.argv[2], sys.argv[2:])
	said = b""
	try:
		while more := os.read(fd, 4096):
			said += more
	except OSError:
		pass
	with open(sys.argv[1], "wb") as f:
		f.write(said)
	sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))' \
	"$T/tty" ${HAULMAIL_WRAPPER-} "$HAULMAIL" --to stdout
RC=$? ERR=$(tr -d '\r' <"$T/tty") OUT=
printf '%s\n' "$ERR" >"$T/err"
exits 64 "a terminal is refused"
complains "is told" "terminal"
is "$(on_server)" "$(find "$MASTER" -name '*.eml' | wc -l | tr -d ' ')" "and nothing is deleted"

# What has come over a socket says nothing about what went.
fresh_home
maildrop sample
start_server "$DROP"
home_config "timeout $((5 * SLOW))s"
cat >"$T/peer.py" <<'END'
import socket
import subprocess
import sys

ours, theirs = socket.socketpair()
ours.sendall(b"not read by anybody")
child = subprocess.Popen(sys.argv[1:], stdout=theirs)
theirs.close()
with open("/dev/null", "wb") as sink:
    while True:
        try:
            data = ours.recv(65536)
        except ConnectionResetError:
            break
        if not data:
            break
        sink.write(data)
sys.exit(child.wait())
END
# shellcheck disable=SC2086 # a wrapper is several words
"$PYTHON" "$T/peer.py" ${HAULMAIL_WRAPPER-} "$HAULMAIL" --to stdout 2>"$T/err"
is "$?$(cat "$T/err")" 0 "a socket with unread bytes: succeeds in silence"
is "$(on_server)" 0 "a socket with unread bytes: all is delivered"

finish
