#!/bin/sh
# An mbox that is not ours alone: in a spool directory, of another user, under several names, shared
# with other runs and other programs, on a full disk.
. "$(dirname "$0")/lib.sh"

# ---- a spool directory, in which a user may not make files

# spool_home MODE GROUP: an mbox of nobody's in a directory of that mode and group.
spool_home()
{
	fresh_home
	maildrop sample
	start_server "$DROP"
	SPOOL=$T/spool$homes
	mkdir "$SPOOL"
	INBOX=$SPOOL/nobody
	: >"$INBOX"
	chmod 660 "$INBOX"
	chown nobody:"$2" "$INBOX" "$SPOOL"
	chown root "$SPOOL"
	chmod "$1" "$SPOOL"
	home_config "timeout ${SHORT}s"
}

if [ "$(id -u)" -ne 0 ] || ! can_be_unprivileged; then
	skip "a spool directory: only root can make one"
else
	if [ -g /usr/bin/dotlockfile ] && [ "$(stat -c %G /usr/bin/dotlockfile)" = mail ]; then
		spool_home 2775 mail
		unprivileged haul
		exits 0 "a spool directory, with dotlockfile"
		quiet "in silence"
		delivered "the mail is there"
		is "$(ls "$SPOOL")" nobody "and no lock stays"
		refill
		forget_journal
		cp "$INBOX" "$T/before"
		echo $$ >"$INBOX.lock"
		unprivileged haul
		exits 75 "the dotlock of a process that lives"
		complains "is told, with its number" "locked by process $$"
		check "nothing is written past it" cmp "$INBOX" "$T/before"
		check "and it is left to its holder" grep -qx $$ "$INBOX.lock"
		rm "$INBOX.lock"
		unprivileged haul
		exits 0 "when it is free"
		check "the mail is there" mboxtool compare --after 4 "$INBOX" "$MASTER"
		stop_server

		# dotlockfile gets its time also when somebody has asked us to stop.
		spool_home 2775 mail
		cat >"$HOME/command" <<'END'
#!/bin/sh
echo $$ >"$HOME/pids"
exec sleep 987
END
		chmod 755 "$HOME/command"
		home_config "deliver pipe \"$HOME/command\"" "deliver mbox \"$INBOX\"" \
			"timeout $((20 * SLOW))s"
		unprivileged haul_in_background
		wait_for test -s "$HOME/pids"
		kill -s TERM "$BG"
		end_background 2>/dev/null
		is "$RC" 143 "a signal while a command hangs"
		unlike "$ERR" "only the fcntl lock" "the mbox behind it is locked in both ways"
		delivered "and has the mail"
		is "$(ls "$SPOOL")" nobody "no lock stays"
		stop_server
	else
		skip "dotlockfile is not installed"
	fi

	spool_home 755 root
	unprivileged haul
	exits 0 "a directory that is closed to all"
	complains "a warning tells of it" "only the fcntl lock is held"
	delivered "the mail is there"
	refill
	forget_journal
	home_config "mbox-lock dotlock" "timeout ${SHORT}s"
	unprivileged haul
	exits 75 "where a dotlock must be had"
	is "$(on_server)" 4 "nothing is delivered"
	home_config "mbox-lock fcntl"
	unprivileged haul
	exits 0 "where none is wanted"
	quiet "there is no warning"
	rm "$INBOX"
	forget_journal
	refill
	unprivileged haul
	exits 73 "no mbox can be made there"
	complains "is told" "$INBOX"
	is "$(on_server)" 4 "nothing is deleted"
	stop_server

	# Somebody else's.
	spool_home 1777 root
	chown daemon "$INBOX"
	chmod 666 "$INBOX"
	unprivileged haul
	exits 73 "an mbox of another user"
	complains "is told" "belongs to daemon"
	is "$(cat "$INBOX")" "" "nothing is written to it"
	is "$(on_server)" 4 "and nothing deleted"
	is "$(ls "$SPOOL")" nobody "no lock stays"
	rm "$INBOX"
	ln -s "$HOME/elsewhere" "$INBOX"
	chown -h daemon "$INBOX"
	: >"$HOME/elsewhere"
	unprivileged haul
	exits 73 "a symbolic link of another user"
	complains "is told" "symbolic link"
	is "$(cat "$HOME/elsewhere")" "" "nothing is written to where it leads"
	chown -h nobody "$INBOX"
	unprivileged haul
	exits 0 "a symbolic link of one's own"
	check "is followed" mboxtool compare "$HOME/elsewhere" "$MASTER"
	stop_server
fi

fresh_home
maildrop sample
start_server "$DROP"
home_config
: >"$HOME/precious"
ln "$HOME/precious" "$INBOX"
haul
exits 73 "a hard link"
complains "is told" "hard link"
is "$(cat "$HOME/precious")" "" "nothing is written to it"
is "$(on_server)" 4 "and nothing deleted"
refuse "no lock stays" test -e "$INBOX.lock"
rm "$HOME/precious"
haul
exits 0 "when it has one name"
delivered "the mail is there"
stop_server

# ---- several runs on one account at once

for runs in 2 4 8; do
	fresh_home
	maildrop random 10 "$runs"
	start_server "$DROP" --latency 0.05
	home_config "pipelining off"
	i=0 started=
	while [ $i -lt $runs ]; do
		i=$((i + 1))
		${HAULMAIL_WRAPPER-} "$HAULMAIL" </dev/null >"$T/run$i" 2>&1 &
		started="$started $!"
	done
	good=0 busy=0
	for pid in $started; do
		wait "$pid"
		case $? in
		0) good=$((good + 1)) ;;
		75) busy=$((busy + 1)) ;;
		esac
	done
	is $((good + busy)) "$runs" "$runs runs at once: they succeed, or have to wait"
	check "$runs runs at once: one succeeds ($good)" test "$good" -ge 1
	[ "$SLOW" -gt 1 ] || check "$runs runs at once: not all do" test "$busy" -ge 1
	delivered "$runs runs at once: each message is there once"
	is "$(on_server)" 0 "$runs runs at once: and gone from the server"
	stop_server
done

# Two accounts, one mbox.
fresh_home
maildrop plain 1500
start_server "$DROP"
home_config "timeout $((20 * SLOW))s"
mkdir "$T/drop-b"
makemail random "$T/drop-b" 300 7
cp -R "$T/drop-b" "$T/master-b"
port_a=$PORT
start_server "$T/drop-b"
sed "s/account home/account other/; s/$port_a/$PORT/" "$CONFIG" >"$T/other"
cat "$T/other" >>"$CONFIG"
${HAULMAIL_WRAPPER-} "$HAULMAIL" home </dev/null >"$T/run1" 2>&1 &
one=$!
haul other
exits 0 "two accounts, one mbox"
wait "$one"
is $? 0 "two accounts, one mbox: and the other"
check "two accounts, one mbox: it is well-formed" mboxtool check "$INBOX"
cp "$T"/master-b/*.eml "$MASTER"
check "two accounts, one mbox: all messages are there once" mboxtool compare "$INBOX" "$MASTER"

# ---- other programs that deliver to the same mbox

cat >"$T/deliver.py" <<'END'
"""deliver.py MBOX DIRECTORY fcntl|dotlock: appends each message of DIRECTORY under that lock, in
two pieces, as a program would that knows of no other one."""
import fcntl, os, sys, time
mbox, directory, kind = sys.argv[1:]
for name in sorted(os.listdir(directory)):
    with open(os.path.join(directory, name), "rb") as f:
        text = f.read()
    with open(mbox, "ab", buffering=0) as f:
        if kind == "fcntl":
            fcntl.lockf(f, fcntl.LOCK_EX)
        else:
            own = mbox + ".lock." + str(os.getpid())
            with open(own, "w") as o:
                o.write("%d\n" % os.getpid())
            while True:
                try:
                    os.link(own, mbox + ".lock")
                    break
                except FileExistsError:
                    time.sleep(0.001)
        f.write(b"From other@example.org Mon Aug  4 09:12:44 2025\n" + text[:40])
        time.sleep(0.003)
        f.write(text[40:] + b"\n")
        if kind == "dotlock":
            os.unlink(mbox + ".lock")
            os.unlink(own)
    time.sleep(0.002)
END
for kind in fcntl dotlock; do
	fresh_home
	maildrop plain 2500
	mkdir "$HOME/other"
	makemail plain "$HOME/other" 100
	sed -i 's/This is message/This was delivered by another program:/' "$HOME"/other/*.eml
	start_server "$DROP"
	home_config "timeout $((30 * SLOW))s"
	: >"$INBOX"
	"$PYTHON" "$T/deliver.py" "$INBOX" "$HOME/other" "$kind" &
	other=$!
	wait_for test -s "$INBOX"
	haul
	exits 0 "another program delivers under $kind"
	quiet "another program delivers under $kind: in silence"
	wait "$other"
	for file in "$HOME"/other/*.eml; do
		cp "$file" "$MASTER/other-${file##*/}"
	done
	check "another program delivers under $kind: the mbox is well-formed" mboxtool check "$INBOX"
	check "another program delivers under $kind: all is there once" \
		mboxtool compare "$INBOX" "$MASTER"
	stop_server
done

# procmail takes the dotlock first and then the other one: nobody may wait for each other for long.
if command -v procmail >/dev/null; then
	fresh_home
	maildrop plain 2500
	mkdir "$HOME/other"
	makemail plain "$HOME/other" 60
	sed -i 's/This is message/This was delivered by procmail:/' "$HOME"/other/*.eml
	start_server "$DROP"
	home_config "timeout $((30 * SLOW))s"
	# LOCKSLEEP: how long it waits between two attempts
	printf 'DEFAULT=/dev/null\nLOCKSLEEP=1\n:0:\n%s\n' "$INBOX" >"$HOME/procmailrc"
	: >"$INBOX"
	for file in "$HOME"/other/*.eml; do
		procmail -f other@example.org "$HOME/procmailrc" <"$file"
	done &
	other=$!
	wait_for test -s "$INBOX"
	start=$(date +%s)
	haul
	exits 0 "procmail delivers to the same mbox"
	quiet "procmail delivers to the same mbox: in silence"
	wait "$other"
	check "procmail delivers to the same mbox: no deadlock" \
		test $(($(date +%s) - start)) -lt $((25 * SLOW))
	for file in "$HOME"/other/*.eml; do
		cp "$file" "$MASTER/other-${file##*/}"
	done
	check "procmail delivers to the same mbox: all is there once" \
		mboxtool compare "$INBOX" "$MASTER"
	stop_server
else
	skip "procmail is not installed"
fi

# ---- a disk that is full

# full_disk KIND: an mbox or a Maildir on a small file system of its own.
full_disk()
{
	fresh_home
	maildrop random 60 "$1"
	start_server "$DROP"
	mkdir "$HOME/disk"
	mount -t tmpfs -o size=200k,mode=0777 none "$HOME/disk" 2>"$T/mount" || {
		skip "a full disk: no file system can be mounted here"
		stop_server
		return
	}
	INBOX=$HOME/disk/inbox
	home_config "deliver $1 \"$INBOX\""
	if [ "$1" = mbox ]; then
		printf 'From old@example.org Fri Aug  1 10:00:00 2025\nSubject: old\n\nold\n\n' >"$INBOX"
		cp "$INBOX" "$T/old"
	fi
	haul
	exits 75 "a full disk, $1: temporary"
	complains "a full disk, $1: told" "No space left on device"
	is "$(on_server)" 60 "a full disk, $1: nothing is deleted"
	if [ "$1" = mbox ]; then
		check "a full disk, mbox: it is as it was before" cmp "$INBOX" "$T/old"
	else
		is "$(find "$INBOX" -type f)" "" "a full disk, maildir: no part of a message stays"
	fi
	haul
	exits 75 "a full disk, $1: and again"
	mount -o remount,size=20m "$HOME/disk"
	haul
	exits 0 "a full disk, $1: with space again"
	if [ "$1" = mbox ]; then
		check "a full disk, mbox: all is there once" \
			mboxtool compare --ordered --after 1 "$INBOX" "$MASTER"
	else
		delivered "a full disk, maildir: all is there once"
	fi
	is "$(on_server)" 0 "a full disk, $1: and gone from the server"
	umount "$HOME/disk"
	stop_server
}

full_disk mbox
full_disk maildir

finish
