#!/bin/sh
# The mbox target: what was in the file before, its From_ lines, locks, and trouble.
. "$(dirname "$0")/lib.sh"

# old_mbox FORMAT: a fresh home whose mbox holds a message by another program's hand.
old_mbox()
{
	fresh_home
	maildrop corners
	start_server "$DROP"
	home_config
	# shellcheck disable=SC2059 # it is a format
	printf "From old@example.org Fri Aug  1 10:00:00 2025\nSubject: old\n\n$1" >"$INBOX"
	cp "$INBOX" "$T/old"
	chmod 640 "$INBOX"
}

# appended_to TEXT: the old bytes are untouched, the new messages apart from them.
appended_to()
{
	check "$1: the old bytes stay" cmp -n "$(wc -c <"$T/old")" "$T/old" "$INBOX"
	check "$1: the new messages stand apart and whole" \
		mboxtool compare --ordered --after 1 "$INBOX" "$MASTER"
	check "$1: the mbox is well-formed" mboxtool check "$INBOX"
	is "$(stat -c %a "$INBOX")" 640 "$1: the file keeps its mode"
	stop_server
}

old_mbox 'body\n\n'
haul
exits 0 "appends to an mbox"
appended_to "blank line at the end"
old_mbox 'body\n'
haul
exits 0 "appends where the last blank line is missing"
appended_to "no blank line"
old_mbox 'body'
haul
exits 0 "appends where the last line end is missing"
appended_to "no final newline"

# Who is named in the From_ line.
fresh_home
mkdir "$T/senders"
i=0
while read -r header; do
	i=$((i + 1))
	printf '%b\n\nbody\n' "$header" >"$T/senders/0$i.eml"
done <<'END'
Return-Path: <path@example.org>\nSender: s@example.org\nFrom: f@example.org
Sender: The Sender <sender@example.org>\nFrom: f@example.org
From: "From, Mr." <from@example.org>
From: bare@example.org (with a comment)
Return-Path: <>\nFrom: f@example.org
Subject: nobody
Return-Path: <"a b"@example.org>
END
start_server "$T/senders"
home_config
haul
exits 0 "senders: fetched"
is "$(mboxtool senders "$INBOX" | head -n 4 | tr '\n' ' ')" \
	"path@example.org sender@example.org from@example.org bare@example.org " \
	"senders: Return-Path, else Sender, else From"
is "$(mboxtool senders "$INBOX" | sed -n 6p)" "MAILER-DAEMON" "senders: else MAILER-DAEMON"
check "senders: blanks and the empty path do no harm" mboxtool check "$INBOX"
is "$(count_mail)" 7 "senders: all are there"

# Locks that others hold.
fresh_home
maildrop sample
start_server "$DROP"
home_config "timeout ${SHORT}s"
echo $$ >"$INBOX.lock"
haul
exits 75 "a dotlock that somebody holds: temporary"
complains "it is named" "lock"
is "$(count_mail)" 0 "nothing was delivered past it"
nothing_lost "nothing is lost"
check "the lock is left to its holder" grep -qx $$ "$INBOX.lock"
home_config "mbox-lock fcntl"
haul
exits 0 "mbox-lock fcntl does not mind a dotlock"
delivered "and delivers"
rm "$INBOX.lock"

for kind in both fcntl dotlock; do
	fresh_home
	maildrop sample
	start_server "$DROP"
	home_config "timeout ${SHORT}s" "mbox-lock $kind"
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
	haul
	case $kind in
	dotlock) exits 0 "mbox-lock dotlock does not mind an fcntl lock" ;;
	*)
		exits 75 "mbox-lock $kind: an fcntl lock that somebody holds: temporary"
		nothing_lost "mbox-lock $kind: nothing is lost"
		;;
	esac
	kill "$holder"
	wait "$holder" 2>/dev/null
	rm "$T/locked"
	haul
	exits 0 "mbox-lock $kind: the next run succeeds"
	delivered "mbox-lock $kind: and delivers"
	refuse "mbox-lock $kind: no lock file stays" test -e "$INBOX.lock"
	stop_server
done

# Places where no mbox can be.
for where in "$T/not/there" "$T/lib" "$CONFIG/inbox"; do
	fresh_home
	mkdir -p "$T/lib"
	maildrop sample
	start_server "$DROP"
	home_config "deliver mbox \"$where\""
	haul
	exits "73 74" "no mbox possible: ${where#"$T"/}"
	complains "no mbox possible: told with the path" "${where##*/}"
	is "$(on_server)" 4 "no mbox possible: nothing is deleted"
	stop_server
done

# A file that cannot grow further, as on a full disk: roll back, delete nothing, go on later.
fresh_home
maildrop random 40 7
start_server "$DROP"
home_config
printf 'From old@example.org Fri Aug  1 10:00:00 2025\nSubject: old\n\nold\n\n' >"$INBOX"
cp "$INBOX" "$T/old"
cat >"$T/small" <<'END'
ulimit -f 100 # blocks of 512 bytes
exec "$@"
END
wrapper=${HAULMAIL_WRAPPER-}
HAULMAIL_WRAPPER="sh $T/small $wrapper"
haul
HAULMAIL_WRAPPER=$wrapper
exits "74 75" "full disk: the exit status is temporary, or says I/O"
check "full disk: the mbox ends at a message" mboxtool check "$INBOX"
check "full disk: the old bytes stay" cmp -n "$(wc -c <"$T/old")" "$T/old" "$INBOX"
check "full disk: nothing is lost" mboxtool covered --after 1 "$INBOX" "$MASTER" "$DROP"
haul
exits 0 "full disk: with space again"
check "full disk: each message is there exactly once" \
	mboxtool compare --after 1 "$INBOX" "$MASTER"
is "$(on_server)" 0 "full disk: and then deleted"

finish
