#!/bin/sh
# Trouble that may pass: without a terminal, and with patience, it is told when it has lasted.
. "$(dirname "$0")/lib.sh"

TROUBLE=.local/state/haulmail/home.trouble

# lasting HOURS [HOURS]: the trouble began so long ago, and was told so long ago.
lasting()
{
	now=$(date +%s)
	told=0
	[ -z "${2-}" ] || told=$((now - $2 * 3600))
	echo "since $((now - $1 * 3600)) told $told" >"$HOME/$TROUBLE"
}

fresh_home
maildrop sample
start_server "$DROP"
home_config 'keep yes'
server_now --err 'PASS=[SYS/TEMP] not now'
haul
exits 75 "without patience: trouble that may pass"
complains "is told" "not now"
refuse "and nothing is noted" test -e "$HOME/$TROUBLE"

home_config 'keep yes' 'patience 6h'
haul
exits 75 "with patience: the exit status is the same"
quiet "but nothing is said"
check "it is noted since when" grep -Eq '^since [0-9]+ told 0$' "$HOME/$TROUBLE"
haul
quiet "nor the second time"
haul -v
like "$ERR" "not now" "-v tells it"
haul -n
like "$ERR" "not now" "-n tells it"
lasting 7
haul
exits 75 "when it has lasted"
complains "it is told" "not now.*such trouble since 20[0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:"
haul
quiet "once"
lasting 20 7
haul
complains "and again when it has lasted as long once more" "not now"
haul --patience 0
complains "--patience 0: at once" "not now"
lasting 1
haul --patience 30m
complains "--patience 30m: after an hour" "not now"
lasting 1
haul -q
quiet "-q changes nothing about it"
server_now
haul
exits 0 "when it has passed"
quiet "nothing is said"
refuse "and nothing remains" test -e "$HOME/$TROUBLE"

server_now --err 'PASS=[AUTH] no'
haul
exits 77 "trouble that does not pass"
complains "is told at once" "refused|no"
server_now
haul --patience soon
exits 64 "a patience that is none"
like "$ERR" "duration" "says what it should be"
home_config 'patience 400d'
haul
exits 78 "one that is too long"

# A second run at the same time is such trouble, too.
home_config 'patience 6h'
exec 9>"$HOME/.local/state/haulmail/home.lock"
flock 9
haul
exec 9>&-
exits 75 "another run holds the account"
quiet "is not told either"
stop_server

# What standard error is, as systemd says it of a stream that it keeps: then each line is a record.
fresh_home
start_server "$DROP"
home_config 'patience 6h'
: >"$T/err"
JOURNAL_STREAM=$("$PYTHON" -c 'if True:
	import os, sys
	s = os.stat(sys.argv[1])
	print("%d:%d" % (s.st_dev, s.st_ino))' "$T/err")
export JOURNAL_STREAM
haul
exits 0 "to a journal"
like "$ERR" '^<6>.*home: 4 new messages' "it is told what was fetched"
haul
quiet "and nothing when there is nothing new"
unset JOURNAL_STREAM
stop_server
refill

# A run of this test that was killed leaves a socket on which nobody listens.
"$PYTHON" -c 'if True:
	import os, socket, stat
	try:
		if os.getuid() == 0 and stat.S_ISSOCK(os.lstat("/dev/log").st_mode):
			socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).connect("/dev/log")
	except ConnectionRefusedError:
		os.unlink("/dev/log")
	except OSError:
		pass'

# Where it is logged nobody is mailed: each time, but not as an error.
if [ "$(id -u)" -eq 0 ] && [ ! -e /dev/log ] && [ -w /dev ]; then
	"$PYTHON" -c 'if True:
		import os, socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind("/dev/log")
		s.settimeout(60)
		with open(sys.argv[1], "wb", 0) as f:
			while True:
				f.write(s.recv(8192).rstrip(b"\0\n") + b"\n")' "$T/syslog" 2>/dev/null &
	SYSLOG=$!
	PIDS="$PIDS $SYSLOG"
	wait_for test -e "$T/syslog"
	fresh_home
	start_server "$DROP"
	home_config 'patience 6h'
	haul --log syslog
	exits 0 "--log syslog"
	quiet "says nothing itself"
	wait_for grep -q 'new' "$T/syslog"
	like "$(cat "$T/syslog")" '^<22>.* haulmail\[[0-9]+\]: home: 4 new messages' \
		"tells in mail.info what was fetched"
	haul --log syslog
	server_now --err 'PASS=[SYS/TEMP] not now'
	haul --log syslog
	quiet "trouble: says nothing"
	wait_for grep -q 'not now' "$T/syslog"
	like "$(tail -n 1 "$T/syslog")" '^<22>.*home: .*not now' "but logs it, as no error yet"
	lasting 7
	haul --log syslog
	wait_for grep -q '^<19>' "$T/syslog"
	like "$(tail -n 1 "$T/syslog")" '^<19>.*home: .*not now' "and as one when it has lasted"
	is "$(wc -l <"$T/syslog" | tr -d ' ')" 3 "and nothing when there is nothing new"
	kill "$SYSLOG"
	rm -f /dev/log
	stop_server
else
	skip "--log syslog: /dev/log is somebody else's"
fi
haul --log file
exits 64 "--log wants a word it knows"

finish
