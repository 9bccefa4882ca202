#!/bin/sh
# The pipe target: programs that take a message, put it off, or misbehave.
. "$(dirname "$0")/lib.sh"

# ---- what it gets

pipe_home corners <<END
$keeps
END
makemail big "$DROP/99-big.eml" 5000000
cp "$DROP/99-big.eml" "$MASTER"
haul
exits 0 "messages into a program"
quiet "in silence"
received "each one byte for byte, without a From_ line"
is "$(sort "$HOME/calls" | uniq -d)" "" "none twice"
is "$(on_server)" 0 "and deleted on the server"
haul
exits 0 "the second run"
is "$(calls)" "$(find "$MASTER" -name '*.eml' | wc -l | tr -d ' ')" "calls nobody"
stop_server

pipe_home sample <<'END'
cat >/dev/null
echo "told by the command"
echo "and complained" >&2
END
haul
exits 0 "a command that talks"
is "$OUT" "" "has nothing on our standard output"
is "$(grep -cx "told by the command" "$T/err")" 4 "what it prints is on standard error"
is "$(grep -cx "and complained" "$T/err")" 4 "and so are its complaints"
stop_server

pipe_home sample <<'END'
cat >/dev/null
printf '%s|%s|%s|%s\n' "$SENDER" "$RECIPIENT" "$HAULMAIL_ACCOUNT" "$HAULMAIL_UID" >>"$HOME/env"
echo "$(pwd)" >>"$HOME/pwd"
END
export SENDER="the user's own"
haul
unset SENDER
exits 0 "the environment"
is "$(cat "$HOME/env")" "ada@example.org|alice|home|01-welcome
grace@example.org|alice|home|02-lunch
list-bounces@example.com|alice|home|03-from
MAILER-DAEMON|alice|home|04-minutes" "tells sender, recipient, account and UID"
is "$(sort -u "$HOME/pwd")" "$(pwd)" "it runs where haulmail was started"
stop_server

# Whoever sends a message chooses the sender.
fresh_home
mkdir "$T/hostile"
i=0
while read -r sender; do
	i=$((i + 1))
	# shellcheck disable=SC2059 # it has escapes
	printf "Return-Path: <$sender>\nSubject: x\n\nbody\n" >"$T/hostile/$i.eml"
done <<'END'
$(touch${IFS}$HOME/pwned)@example.org
`touch${IFS}$HOME/pwned`@example.org
;touch${IFS}$HOME/pwned;@example.org
|touch${IFS}$HOME/pwned|"'@example.org
-oQ/tmp
\033[31mred\007\a@example.org
a\rSENDER=b@example.org
a b\tc@example.org
a\0b@example.org
END
# shellcheck disable=SC2016 # nobody may expand that
printf '1\t$(touch /tmp/x)\n2\tone\\x1btwo\n' >"$T/hostile/uids"
DROP=$T/hostile
start_server "$DROP"
home_config "deliver pipe \"$HOME/command\""
command_is <<'END'
cat >/dev/null
sh -c 'printf "%s\n" "$SENDER" "$HAULMAIL_UID"' >>"$HOME/env"
env >>"$HOME/all"
END
haul
exits 0 "hostile senders: delivered"
is "$(wc -l <"$HOME/env" | tr -d ' ')" 18 "hostile senders: one line each"
check "hostile senders: no control characters" printable "$HOME/env"
refuse "hostile senders: no blanks" grep '[[:blank:]].*@' "$HOME/env"
is "$(grep -c '^SENDER=' "$HOME/all")" 9 "hostile senders: one variable each"
refuse "hostile senders: nothing was run" test -e "$HOME/pwned"
stop_server

# What belongs to haulmail stays there: the lock above all.
pipe_home "plain 2" <<'END'
cat >/dev/null
ls -l /proc/self/fd >>"$HOME/fds"
END
makemail big "$DROP/99-big.eml" 2000000
haul
exits 0 "descriptors"
refuse "no file of haulmail's is open in a command" grep "$HOME/[.]local" "$HOME/fds"
is "$(grep -c 'socket:' "$HOME/fds")" \
	"$(($(setsid -w ls -l /proc/self/fd </dev/null 2>/dev/null | grep -c 'socket:') * 3))" \
	"nor the connection"
stop_server

# ---- real programs

if command -v procmail >/dev/null; then
	fresh_home
	maildrop sample
	makemail plain "$DROP" 20
	makemail big "$DROP/99-big.eml" 2000000
	cp "$DROP"/*.eml "$MASTER"
	start_server "$DROP"
	cat >"$HOME/procmailrc" <<END
MAILDIR=$HOME
DEFAULT=$HOME/inbox/
LOGFILE=$HOME/procmail.log
:0:
* ^Subject: plain
plain
END
	# Without -f procmail writes mboxes without From_ lines.
	home_config "deliver pipe \"procmail -f \\\"\$SENDER\\\" $HOME/procmailrc\""
	haul
	exits 0 "procmail: takes them"
	is "$(count_mail "$HOME/plain")" 20 "procmail: into an mbox"
	check "procmail: whole" mboxtool compare --skip 01-welcome --skip 02-lunch \
		--skip 03-from --skip 04-minutes --skip 99-big "$HOME/plain" "$MASTER"
	rm "$MASTER"/*-plain.eml
	check "procmail: and a Maildir" mboxtool compare "$INBOX" "$MASTER"
	is "$(on_server)" 0 "procmail: gone from the server"
	stop_server

	fresh_home
	maildrop plain 10
	start_server "$DROP"
	printf 'EXITCODE=75\n:0\n/dev/null\n' >"$HOME/procmailrc"
	home_config "deliver pipe \"procmail $HOME/procmailrc\""
	haul
	exits 75 "procmail: puts off"
	is "$(on_server)" 10 "procmail: nothing is lost"
	stop_server

	# As the manual page of formail would have it.
	fresh_home
	maildrop plain 5
	start_server "$DROP"
	printf 'DEFAULT=%s\n' "$INBOX" >"$HOME/procmailrc"
	home_config "deliver pipe \"formail -s procmail $HOME/procmailrc\""
	haul
	exits 0 "formail -s procmail: takes them"
	check "formail -s procmail: each once" mboxtool compare "$INBOX" "$MASTER"
	stop_server
else
	skip "procmail is not installed"
fi

# A program, and not the function of that name in lib.sh.
if (unset -f maildrop && command -v maildrop) >"$T/program"; then
	fresh_home
	maildrop plain 5
	start_server "$DROP"
	(umask 077 && printf 'to "%s"\n' "$INBOX" >"$HOME/mailfilter")
	home_config "deliver pipe \"$(cat "$T/program") $HOME/mailfilter\""
	haul
	exits 0 "maildrop: takes them"
	delivered "maildrop: each once"
	stop_server
else
	skip "maildrop is not installed"
fi

# ---- how it ends

# ending STATUS N TEXT [PATTERN]: the script from standard input as the command; haulmail exits with
# STATUS, leaves N messages on the server, and says why.
ending()
{
	pipe_home "plain 3"
	makemail big "$DROP/99-big.eml" 1500000
	cp "$DROP/99-big.eml" "$MASTER"
	haul
	exits "$1" "$3"
	is "$(on_server)" "$2" "$3: messages left on the server"
	[ "$1" -eq 0 ] || like "$ERR" "^haulmail: home: .*$HOME/command: ${4:-exit status}" "$3: told"
	stop_server
}

ending 0 0 "accepts without reading" <<'END'
exit 0
END
ending 0 0 "closes its input and goes on" <<'END'
exec <&-
sleep 0.2
END
ending 0 0 "reads a part" <<'END'
head -c 10 >/dev/null
END
ending 0 0 "leaves something in the background" <<'END'
cat >/dev/null
sleep 987 >/dev/null 2>&1 </dev/null &
echo $! >>"$HOME/pids"
END
start_server "$DROP"
home_config
haul
exits 0 "which does not hold the account's lock"
stop_server
while read -r pid; do
	kill "$pid"
done <"$HOME/pids"

# Somebody in the background has our pipe and does not read: the exit status counts all the same.
start=$(date +%s)
ending 0 0 "leaves something in the background with its input" <<'END'
exec 3<&0
sleep 30 <&3 >/dev/null 2>&1 &
echo $! >>"$HOME/pids"
END
while read -r pid; do
	kill "$pid"
done <"$HOME/pids"
[ "$SLOW" -gt 1 ] || check "and does not block" test $(($(date +%s) - start)) -lt 10

for status in 75 126 127; do
	ending 75 4 "exit status $status" <<END
cat >/dev/null
exit $status
END
	refuse "exit status $status: not held against the message" grep '^fail' "$JOURNAL"
done
ending 75 4 "exit status 75 without reading" <<'END'
exit 75
END
for signal in TERM KILL SEGV; do
	ending 75 4 "dies by SIG$signal" "died by signal" <<END
kill -$signal \$\$
END
done
fresh_home
maildrop plain 2
start_server "$DROP"
home_config "deliver pipe /nonexistent/program"
haul
exits 75 "a program that is not there"
contains "$ERR" "/nonexistent/program" "is told"
is "$(on_server)" 2 "and nothing is lost"
: >"$HOME/plain-file"
home_config "deliver pipe \"$HOME/plain-file\""
haul
exits 75 "a program that is not executable"
is "$(on_server)" 2 "and nothing is lost"
home_config "deliver pipe \"\""
haul
exits 78 "an empty command is refused when the config is read"
stop_server

# One in the middle puts off; the others are served.
pipe_home "plain 6" <<END
case \$HAULMAIL_UID in *3-plain) exit 75 ;; esac
$keeps
END
haul
exits 75 "one of six is put off"
is "$(cd "$DROP" && ls)" "000003-plain.eml" "it alone stays on the server"
command_is <<END
$keeps
END
haul
exits 0 "the next run"
received "brings it"
is "$(sort "$HOME/calls" | uniq -d)" "000003-plain" "and calls for no other one again"
stop_server

# A program that takes nothing any more is not asked for every message ...
pipe_home "plain 12" <<'END'
exit 75
END
haul
exits 75 "everything is put off"
is "$(calls)" 5 "it gets no more after five"
is "$(on_server)" 12 "and nothing is lost"
# ... but one that takes every other one is.
command_is <<END
case \$HAULMAIL_UID in *[13579]-plain) exit 75 ;; esac
$keeps
END
rm "$HOME/calls"
haul
exits 75 "every other one is put off"
is "$(calls)" 12 "it gets all of them"
is "$(on_server)" 6 "and keeps those that it has taken"
stop_server

# hanging TEXT: the command from standard input outlasts the timeout of the second message.
hanging()
{
	pipe_home "plain 4" "timeout ${SHORT}s"
	makemail big "$DROP/000002-plain.eml" 1500000
	cp "$DROP/000002-plain.eml" "$MASTER"
	_start=$(date +%s)
	haul
	_took=$(($(date +%s) - _start))
	exits 75 "$1: temporary"
	complains "$1: told" "the command (did not end in time|does not read on)"
	check "$1: in time (${_took}s)" test "$_took" -le $((SHORT * 3 + 3))
	# shellcheck disable=SC2046 # they are numbers
	check "$1: it is gone, and what it had started" gone $(cat "$HOME/pids")
	check "$1: it alone stays on the server" test "$(cd "$DROP" && ls)" = "000002-plain.eml"
	command_is <<END
$keeps
END
	haul
	exits 0 "$1: the next run"
	received "$1: brings it"
	stop_server
}

hanging "neither reads nor ends" <<END
case \$HAULMAIL_UID in *2-plain)
	sleep 987 &
	echo \$\$ \$! | tr ' ' '\n' >"\$HOME/pids"
	sleep 987
esac
$keeps
END
hanging "reads and does not end" <<END
case \$HAULMAIL_UID in *2-plain)
	cat >/dev/null
	echo \$\$ >"\$HOME/pids"
	sleep 987
esac
$keeps
END
hanging "ignores SIGTERM" <<END
case \$HAULMAIL_UID in *2-plain)
	trap '' TERM
	echo \$\$ >"\$HOME/pids"
	sleep 987
esac
$keeps
END
# The first one dies of SIGTERM, what it has started does not.
hanging "has started what ignores SIGTERM" <<END
case \$HAULMAIL_UID in *2-plain)
	sh -c "trap '' TERM; sleep 987" &
	echo \$\$ \$! | tr ' ' '\n' >"\$HOME/pids"
	sleep 0.2
	sleep 987
esac
$keeps
END

# It reads slowly, but it reads.
pipe_home "plain 1" "timeout $((SHORT + 1))s" <<END
mkdir -p "\$HOME/got"
for i in 1 2 3 4 5 6; do
	sleep 0.5
	dd bs=65536 count=1 iflag=fullblock 2>/dev/null
done >"\$HOME/got/\$HAULMAIL_UID.eml"
cat >>"\$HOME/got/\$HAULMAIL_UID.eml"
END
makemail big "$DROP/000001-plain.eml" 1500000
cp "$DROP/000001-plain.eml" "$MASTER"
haul
exits 0 "slow, but not idle"
received "slow, but not idle: whole"
stop_server

# haulmail is killed while a command runs: what was accepted does not come again.
pipe_home "plain 5" <<END
case \$HAULMAIL_UID in *3-plain)
	: >"\$HOME/here"
	until [ -e "\$HOME/go" ]; do sleep 0.1; done
	exit 75
esac
$keeps
END
haul_in_background
wait_for test -e "$HOME/here"
kill -9 "$BG"
end_background 2>/dev/null
: >"$HOME/go"
command_is <<END
$keeps
END
haul
exits 0 "killed while a command runs: the next run"
received "killed while a command runs: each has come"
is "$(sort "$HOME/calls" | uniq -d)" "000003-plain" "killed while a command runs: none but that one twice"
is "$(on_server)" 0 "killed while a command runs: all are deleted"
stop_server

finish
