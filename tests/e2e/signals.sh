#!/bin/sh
# SIGINT, SIGTERM and SIGHUP: a run ends soon and in order, by that signal, and the next one brings
# the rest.
. "$(dirname "$0")/lib.sh"

# A shell lets what it starts in the background ignore SIGINT; here it is as at a prompt.
cat >"$T/as-at-a-prompt" <<'END'
import os, signal, sys
for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
    signal.signal(s, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
END

start_haul()
{
	_wrapper=${HAULMAIL_WRAPPER-}
	HAULMAIL_WRAPPER="$PYTHON -S -I $T/as-at-a-prompt $_wrapper"
	haul_in_background "$@"
	HAULMAIL_WRAPPER=$_wrapper
}

number_of()
{
	case $1 in
	HUP) echo 1 ;;
	INT) echo 2 ;;
	TERM) echo 15 ;;
	esac
}

now() # in hundredths of a second
{
	cut -d ' ' -f 1 /proc/uptime | tr -d .
}

# interrupt SIGNAL TEXT: sends it, and the run ends by it, soon.
interrupt()
{
	_since=$(now)
	kill -s "$1" "$BG"
	end_background 2>/dev/null
	_took=$(($(now) - _since))
	cp "$T/bg.err" "$T/err"
	is "$RC" $((128 + $(number_of "$1"))) "$2: ends by that signal"
	check "$2: soon ($_took hundredths of a second)" test "$_took" -le $((300 * SLOW))
}

# complained SIGNAL TEXT: in one line, by the last interrupt.
complained()
{
	complains "$2: told" "interrupted [(]SIG$1[)]"
}

# completed TEXT: the next run succeeds, and all is there once.
completed()
{
	haul
	exits 0 "$1: the next run succeeds"
	delivered "$1: each message is there once"
	is "$(on_server)" 0 "$1: and deleted on the server"
	refuse "$1: no lock stays" test -e "$INBOX.lock"
	stop_server
}

# waiting KEY: the server has received that command, to which it will not answer.
waiting()
{
	wait_for grep -Eqx "$(echo "$1" | tr : ' ')" "$TRANSCRIPT"
	sleep 0.1
}

for signal in INT TERM HUP; do
	# Before anything is in hand it may end on the spot.
	for stage in UIDL STAT; do
		fresh_home
		maildrop sample
		start_server "$DROP" --hang "$stage"
		home_config
		start_haul
		waiting "$stage"
		interrupt "$signal" "SIG$signal, silence at $stage"
		stop_server
		start_server "$DROP"
		home_config
		completed "SIG$signal, silence at $stage"
	done

	# In the middle of retrieving: what has come whole is delivered and remembered.
	fresh_home
	maildrop random 5 "$signal"
	start_server "$DROP" --hang RETR:3
	home_config
	start_haul
	waiting RETR:3
	interrupt "$signal" "SIG$signal, silence at the third message"
	complained "$signal" "SIG$signal, silence at the third message"
	is "$(count_mail)" 2 "SIG$signal, silence at the third message: two are delivered"
	nothing_lost "SIG$signal, silence at the third message: nothing is lost"
	refuse "SIG$signal, silence at the third message: no lock stays" test -e "$INBOX.lock"
	stop_server
	start_server "$DROP"
	home_config
	completed "SIG$signal, silence at the third message"
	is "$(asked 'RETR .*')" 3 "SIG$signal, silence at the third message: only the rest is fetched"

	# With a server that answers there is time to delete what was delivered, and to say QUIT.
	fresh_home
	maildrop plain 40
	start_server "$DROP" --latency 0.1
	home_config "pipelining off" "timeout $((10 * SLOW))s"
	start_haul
	wait_for grep -qx "RETR 4" "$TRANSCRIPT"
	interrupt "$signal" "SIG$signal, a slow server"
	complained "$signal" "SIG$signal, a slow server"
	check "SIG$signal, a slow server: not all are fetched" test "$(count_mail)" -lt 40
	check "SIG$signal, a slow server: some are delivered" test "$(count_mail)" -ge 3
	nothing_lost "SIG$signal, a slow server: nothing is lost"
	if [ "$SLOW" -eq 1 ]; then
		is "$(on_server)" $((40 - $(count_mail))) \
			"SIG$signal, a slow server: and deleted"
		is "$(asked QUIT)" 1 "SIG$signal, a slow server: with QUIT"
	fi
	stop_server
	start_server "$DROP"
	home_config
	completed "SIG$signal, a slow server"
done

signal=INT
# One long message that does not come to its end.
fresh_home
maildrop plain 2
makemail big "$DROP/000003-big.eml" 2000000
cp "$DROP/000003-big.eml" "$MASTER"
start_server "$DROP" --drip RETR:3=0.001
home_config
start_haul
waiting RETR:3
interrupt "$signal" "SIG$signal, a message that drips"
is "$(count_mail)" 2 "SIG$signal, a message that drips: no part of it is delivered"
stop_server
start_server "$DROP"
home_config
completed "SIG$signal, a message that drips"

signal=TERM
# While a command hangs that a message is piped into.
pipe_home "plain 4" <<'END'
case $HAULMAIL_UID in *2-plain)
echo $$ >"$HOME/pids"
sleep 987
esac
mkdir -p "$HOME/got" && cat >"$HOME/got/$HAULMAIL_UID.eml"
END
start_haul
wait_for test -s "$HOME/pids"
interrupt "$signal" "SIG$signal, a command hangs"
tail -n 1 "$T/bg.err" >"$T/err" # the shell may have said "Terminated"
complained "$signal" "SIG$signal, a command hangs"
check "SIG$signal, a command hangs: it is gone" gone "$(cat "$HOME/pids")"
is "$(on_server | tr 3 4)" 4 "SIG$signal, a command hangs: only what was accepted may be deleted"
refuse "SIG$signal, a command hangs: not held against the message" grep '^fail' "$JOURNAL"
command_is <<'END'
mkdir -p "$HOME/got" && cat >"$HOME/got/$HAULMAIL_UID.eml"
END
haul
exits 0 "SIG$signal, a command hangs: the next run succeeds"
received "SIG$signal, a command hangs: each has come"
is "$(sort "$HOME/calls" | uniq -d)" 000002-plain "SIG$signal, a command hangs: none but that one twice"
stop_server

signal=HUP
# While somebody else holds a lock.
fresh_home
maildrop sample
start_server "$DROP"
home_config
echo $$ >"$INBOX.lock"
start_haul
wait_for grep -qx "RETR 4" "$TRANSCRIPT"
sleep 0.2
interrupt "$signal" "SIG$signal, a dotlock is held"
complained "$signal" "SIG$signal, a dotlock is held"
is "$(count_mail)" 0 "SIG$signal, a dotlock is held: nothing is delivered past it"
check "SIG$signal, a dotlock is held: the lock is left to its holder" grep -qx $$ "$INBOX.lock"
rm "$INBOX.lock"
completed "SIG$signal, a dotlock is held"

# A lock of the other kind.
fresh_home
maildrop sample
start_server "$DROP"
home_config
: >"$INBOX"
"$PYTHON" -c 'if True:
	import fcntl, sys, time
	f = open(sys.argv[1], "r+b")
	fcntl.lockf(f, fcntl.LOCK_EX)
	open(sys.argv[2], "w").close()
	time.sleep(1000)' "$INBOX" "$T/locked" &
holder=$!
PIDS="$PIDS $holder"
wait_for test -e "$T/locked"
start_haul
wait_for grep -qx "RETR 4" "$TRANSCRIPT"
sleep 0.2
interrupt TERM "SIGTERM, an fcntl lock is held"
kill "$holder"
wait "$holder" 2>/dev/null
completed "SIGTERM, an fcntl lock is held"

# While a reader of standard output does not read.
fresh_home
maildrop plain 3
start_server "$DROP"
home_config "timeout $((100 * SLOW))s"
mkfifo "$T/fifo"
# shellcheck disable=SC2217 # that is the point
sleep 987 <"$T/fifo" &
reader=$!
PIDS="$PIDS $reader"
# shellcheck disable=SC2086 # the wrapper is a command with its options
"$PYTHON" -S -I "$T/as-at-a-prompt" ${HAULMAIL_WRAPPER-} "$HAULMAIL" --to stdout >"$T/fifo" \
	2>"$T/bg.err" &
BG=$!
wait_for grep -qx "RETR 3" "$TRANSCRIPT"
sleep 0.2
interrupt TERM "SIGTERM, nobody reads standard output"
kill "$reader"
wait "$reader" 2>/dev/null
is "$(on_server)" 3 "SIGTERM, nobody reads standard output: nothing is deleted"
completed "SIGTERM, nobody reads standard output"

# A signal that was ignored stays so, as nohup(1) wants it.
fresh_home
maildrop plain 10
start_server "$DROP" --latency 0.1
home_config "pipelining off" "timeout $((10 * SLOW))s"
(
	trap '' HUP
	# shellcheck disable=SC2086 # the wrapper is a command with its options
	exec ${HAULMAIL_WRAPPER-} "$HAULMAIL" </dev/null >"$T/bg.out" 2>"$T/bg.err"
) &
BG=$!
wait_for grep -qx "RETR 4" "$TRANSCRIPT"
kill -s HUP "$BG"
sleep 0.1
kill -s HUP "$BG"
end_background
is "$RC" 0 "SIGHUP under nohup: the run goes on to its end"
is "$OUT$ERR" "" "SIGHUP under nohup: in silence"
delivered "SIGHUP under nohup: and brings everything"
is "$(on_server)" 0 "SIGHUP under nohup: and deletes it"
stop_server

# A second signal does not wait for anything, whichever of them it is.
for pair in "TERM TERM" "INT TERM" "TERM HUP"; do
	pipe_home "plain 3" <<'END'
case $HAULMAIL_UID in *2-plain)
	trap '' TERM
	echo $$ >"$HOME/pids"
	sleep 10
	exit 75
esac
mkdir -p "$HOME/got" && cat >"$HOME/got/$HAULMAIL_UID.eml"
END
	start_haul
	wait_for test -s "$HOME/pids"
	sleep 0.1
	kill -s "${pair% *}" "$BG"
	sleep 0.3
	interrupt "${pair#* }" "SIG${pair% *}, then SIG${pair#* }"
	is "$(asked QUIT)" 0 "SIG${pair% *}, then SIG${pair#* }: there was no time for QUIT"
	is "$(on_server)" 3 "SIG${pair% *}, then SIG${pair#* }: so nothing is deleted"
	command_is <<'END'
mkdir -p "$HOME/got" && cat >"$HOME/got/$HAULMAIL_UID.eml"
END
	haul
	exits 0 "SIG${pair% *}, then SIG${pair#* }: the next run succeeds"
	received "SIG${pair% *}, then SIG${pair#* }: each has come"
	is "$(sort "$HOME/calls" | uniq -d)" 000002-plain \
		"SIG${pair% *}, then SIG${pair#* }: none but that one twice"
	is "$(on_server)" 0 "SIG${pair% *}, then SIG${pair#* }: and all are deleted"
	stop_server
done

# The accounts after that one are left for the next run.
fresh_home
maildrop sample
start_server "$DROP" --hang RETR:2
home_config
sed 's/account home/account other/; s/inbox/other/' "$CONFIG" >"$T/other"
cat "$T/other" >>"$CONFIG"
start_haul -j 1
waiting RETR:2
interrupt INT "SIGINT, two accounts"
is "$(grep -c ' open$' "$TRANSCRIPT")" 1 "SIGINT, two accounts: the second one is not begun"
stop_server

finish
