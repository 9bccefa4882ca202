#!/bin/sh
# Other users of the same machine: links, FIFOs, files and directories that they put where ours are
# to be, names that they change while we work, and root among files that are not root's.
# shellcheck disable=SC2317 # "unprivileged" calls some of this
. "$(dirname "$0")/lib.sh"

# precious: a file of the user's, which nobody may change; untouched TEXT: nobody has.
precious()
{
	PRECIOUS=$HOME/precious
	echo "precious" >"$PRECIOUS"
	chmod 600 "$PRECIOUS"
	cp "$PRECIOUS" "$T/precious"
}

untouched()
{
	check "$1: the file is as it was" cmp "$PRECIOUS" "$T/precious"
	is "$(on_server)" 4 "$1: nothing is deleted"
}

# home_with LINE...: a fresh home, maildrop and server, and a config with these lines.
home_with()
{
	fresh_home
	maildrop sample
	home_config "timeout ${SHORT}s" "$@"
	precious
}

maildrop sample
start_server "$T/served"
ln -s "$DROP" "$T/served"

# serve: the server gives out this home's maildrop.
serve()
{
	ln -sfn "$DROP" "$T/served"
}

# ---- what may stand where an mbox, a journal or a secret is to be

# plant KIND PATH: something of that kind.
plant()
{
	mkdir -p "${2%/*}"
	case $1 in
	"hard link") ln "$PRECIOUS" "$2" ;;
	FIFO) mkfifo "$2" ;;
	socket) "$PYTHON" -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$2" ;;
	directory) mkdir "$2" ;;
	"device's link") ln -s /dev/null "$2" ;;
	"symbolic link to nowhere") ln -s "$HOME/nowhere" "$2" ;;
	"symbolic link") ln -s "$PRECIOUS" "$2" ;;
	esac
}

for kind in "hard link" FIFO socket directory "device's link" "symbolic link to nowhere"; do
	home_with
	serve
	plant "$kind" "$INBOX"
	haul
	exits 73 "mbox, a $kind: refused"
	complains "mbox, a $kind: told" "/inbox|/dev/null"
	untouched "mbox, a $kind"
	refuse "mbox, a $kind: no lock stays" test -e "$INBOX.lock"
	refuse "mbox, a $kind: nothing is made elsewhere" test -e "$HOME/nowhere"
done

for which in "" .lock; do
	for kind in "hard link" "symbolic link" FIFO socket directory; do
		home_with
		serve
		plant "$kind" "$JOURNAL$which"
		haul
		exits "73 75 78" "journal$which, a $kind: refused"
		complains "journal$which, a $kind: told" "$JOURNAL"
		untouched "journal$which, a $kind"
	done
done

for kind in "hard link" "symbolic link" FIFO directory; do
	# what belongs to trouble that is only waited for: there is no server
	home_with "port 1" "patience 6h"
	serve
	plant "$kind" "$JOURNAL.trouble"
	haul
	exits 75 "journal.trouble, a $kind: no server"
	complains "journal.trouble, a $kind: told, as it cannot be noted" "connect"
	untouched "journal.trouble, a $kind"
	home_with "patience 6h"
	serve
	plant "$kind" "$JOURNAL.trouble"
	plant "$kind" "$JOURNAL.new"
	haul
	exits 0 "journal.new, a $kind: is no obstacle"
	delivered "journal.new, a $kind: the mail is there"
	check "journal.new, a $kind: the file is as it was" cmp "$PRECIOUS" "$T/precious"
done

home_with "port 1" "patience 6h"
mkdir -p "${JOURNAL%/*}"
cp "$PRECIOUS" "$JOURNAL.trouble"
cp "$PRECIOUS" "$JOURNAL.new"
serve
haul
home_config "patience 6h"
haul
exits 0 "a file that is called as one of ours: is no obstacle"
check "a file that is called as one of ours: is not truncated" cmp "$PRECIOUS" "$JOURNAL.trouble"
check "a file that is called as one of ours: is not removed" cmp "$PRECIOUS" "$JOURNAL.new"

cp "$PRECIOUS" "$HOME/new.new"
haul -c "$HOME/new" init --yes alice@example.org host=127.0.0.1 "port=$PORT" tls=off
exits "73 75" "a file that is called as one of init's: told"
check "a file that is called as one of init's: is not removed" cmp "$PRECIOUS" "$HOME/new.new"
refuse "a file that is called as one of init's: nothing is made" test -e "$HOME/new"

home_with 'password-file "~/fifo"'
serve
mkfifo "$HOME/fifo"
haul
exits 78 "a password-file that is a FIFO nobody writes to: is not waited for"
home_with "tls pop3s" 'tls-cert "~/fifo"'
mkfifo "$HOME/fifo"
haul
exits 78 "nor is a certificate"
home_with
serve
sed -i '/password/d' "$CONFIG"
mkfifo "$HOME/.netrc"
haul
exits 78 "nor is .netrc"

# ---- what others may write

home_with "state \"$T/open/journal\""
serve
mkdir "$T/open"
chmod 777 "$T/open"
haul
exits 73 "a journal in a directory that anybody can write to"
complains "is told" "anybody can write to the directory $T/open"
untouched "it"
chmod 1777 "$T/open"
haul
exits 0 "it may be sticky"
delivered "then the mail comes"
refill
chmod 620 "$T/open/journal"
haul
exits 73 "a journal that others may write"
complains "is told" "others may write it: chmod 600"
is "$(on_server)" 4 "and nothing deleted"

for mode in 620 602; do
	home_with
	serve
	chmod $mode "$CONFIG"
	haul
	exits 78 "a config file of mode $mode"
	like "$ERR" "others may write it" "is refused"
	home_with
	serve
	mv "$CONFIG" "$HOME/more"
	echo "include $HOME/more" | config
	chmod $mode "$HOME/more"
	haul
	exits 78 "an included file of mode $mode"
	like "$ERR" "more: others may write it" "is refused"
	untouched "it"
	haul --foreign-owner=yes
	exits 78 "whosever it may be"
done
home_with
serve
chmod 777 "${CONFIG%/*}"
haul
exits 78 "a config file in a directory that anybody can write to"
like "$ERR" "others may write to its directory" "is refused"
untouched "it"
chmod 1777 "${CONFIG%/*}"
haul
exits 0 "it may be sticky"

# ---- no mask

home_with 'deliver mbox "~/inbox"' 'deliver maildir "~/Mail"' 'patience 1h'
serve
umask 0
makemail big "$DROP/big.eml" 3000000
haul
exits 0 "umask 0: a run"
is "$(find "$INBOX" "$HOME/Mail" "$HOME/.local" -perm /077 ! -name .local ! -name state)" "" \
	"umask 0: what it makes is for the user alone"
is "$(find "$HOME/.local" "$HOME/.local/state" -maxdepth 0 -perm /077)" "" \
	"umask 0: also the directories on the way"
haul -c "$HOME/a/b/config" init --yes alice@example.org host=127.0.0.1 "port=$PORT" tls=off
is "$(find "$HOME/a" -perm /077)" "" "umask 0: nor what init makes"
umask 022

# ---- names that change while a lock is waited for

# while_waiting COMMAND...: runs it while haulmail waits for the lock of the mbox, then frees that.
while_waiting()
{
	rm -f "$T/locked" "$T/free"
	"$PYTHON" -S -c 'if True:
		import fcntl, os, sys, time
		f = open(sys.argv[1], "r+b")
		fcntl.lockf(f, fcntl.LOCK_EX)
		open(sys.argv[2], "w").close()
		while not os.path.exists(sys.argv[3]): time.sleep(0.01)' \
		"$INBOX" "$T/locked" "$T/free" &
	_holder=$!
	PIDS="$PIDS $_holder"
	wait_for test -e "$T/locked"
	forget_transcript
	haul_in_background
	wait_for grep -qx "RETR 4" "$TRANSCRIPT"
	sleep 0.2
	"$@"
	: >"$T/free"
	wait "$_holder"
	end_background
}

swap()
{
	mv "$INBOX" "$HOME/away"
	[ $# -eq 0 ] || plant "$1" "$INBOX"
}

# In a directory of its own: beside other files of the home, the sandbox lets none be made.
mail_home()
{
	home_with "timeout 60s" 'deliver mbox "~/mail/inbox"'
	mkdir "$HOME/mail"
	INBOX=$HOME/mail/inbox
}

mail_home
serve
echo "From old@example.org Fri Aug  1 10:00:00 2025" >"$INBOX"
cp "$INBOX" "$T/old"
while_waiting swap
is "$RC" 0 "the mbox is taken away while its lock is waited for"
delivered "a new one gets the mail"
check "and the old one nothing" cmp "$HOME/away" "$T/old"
for kind in "hard link" FIFO directory; do
	mail_home
	serve
	: >"$INBOX"
	while_waiting swap "$kind"
	is "$RC" 73 "the mbox becomes a $kind meanwhile: refused"
	untouched "the mbox becomes a $kind meanwhile"
	is "$(wc -c <"$HOME/away")" 0 "the mbox becomes a $kind meanwhile: the old one gets nothing"
done
add_name()
{
	ln "$INBOX" "$HOME/second"
}
mail_home
serve
: >"$INBOX"
while_waiting add_name
is "$RC" 73 "the mbox gets a second name meanwhile: refused"
untouched "the mbox gets a second name meanwhile"

# A link of one's own may be moved at any time.
home_with "timeout 60s" 'deliver mbox "~/link/inbox"'
serve
mkdir "$HOME/one" "$HOME/two"
ln -s one "$HOME/link"
INBOX=$HOME/one/inbox
: >"$INBOX"
while_waiting ln -sfn two "$HOME/link"
is "$RC" 0 "a link on the way is moved meanwhile"
delivered "the mbox that is locked gets the mail"

# ---- other users: only root can play them

if [ "$(id -u)" -ne 0 ] || ! can_be_unprivileged || ! id daemon >/dev/null 2>&1; then
	skip "other users: only root can play them"
	finish
fi

# The user is nobody, Mallory is daemon.
mallory()
{
	setpriv --reuid daemon --regid daemon --clear-groups "$@"
}

# spool KIND: a home whose mbox is to be in $SPOOL, a directory for all, sticky or not.
spool()
{
	SPOOL=$T/spool$homes
	mkdir -p "$SPOOL"
	chown root:root "$SPOOL"
	chmod "$1" "$SPOOL"
	INBOX=$SPOOL/nobody
	home_with "deliver mbox \"$SPOOL/nobody\""
	INBOX=$SPOOL/nobody
	serve
}

home_with
for kind in "symbolic link" FIFO directory socket "hard link" "symbolic link to nowhere"; do
	spool 1777
	plant "$kind" "$INBOX"
	[ "$kind" = "hard link" ] || chown -h daemon:daemon "$INBOX"
	unprivileged haul
	exits 73 "Mallory's $kind for an mbox: refused"
	complains "Mallory's $kind for an mbox: told" "nobody"
	untouched "Mallory's $kind for an mbox"
	refuse "Mallory's $kind for an mbox: nothing is made elsewhere" test -e "$HOME/nowhere"
done
spool 1777
mallory sh -c "umask 0; : >$INBOX"
unprivileged haul
exits 73 "Mallory's file for an mbox: refused"
complains "Mallory's file for an mbox: told" "belongs to daemon"
is "$(wc -c <"$INBOX")" 0 "Mallory's file for an mbox: gets nothing"
unprivileged haul --foreign-owner=yes
exits 0 "Mallory's file for an mbox: but if that is asked for"
delivered "Mallory's file for an mbox: then it gets the mail"

# A link behind a link, a link for a directory.
spool 1777
ln -s "$PRECIOUS" "$SPOOL/mallory"
chown -h daemon "$SPOOL/mallory"
ln -s "$SPOOL/mallory" "$HOME/link"
home_config 'deliver mbox "~/link"'
unprivileged haul
exits 73 "one's own link to Mallory's: refused"
complains "one's own link to Mallory's: told" "mallory is a symbolic link that belongs to daemon"
untouched "one's own link to Mallory's"
rm "$SPOOL/mallory"
ln -s "$HOME" "$SPOOL/mallory"
chown -h daemon "$SPOOL/mallory"
for target in "mbox \"$SPOOL/mallory/precious\"" "maildir \"$SPOOL/mallory/Mail\"" \
	"mbox \"$SPOOL/../${SPOOL##*/}/mallory/new\""; do
	home_config "deliver $target"
	for all in "" --foreign-owner=yes; do
		# shellcheck disable=SC2086 # perhaps none
		unprivileged haul $all
		exits 73 "through Mallory's link $all, $target: refused"
		untouched "through Mallory's link, $target"
	done
done
is "$(cd "$HOME" && echo *)" "link precious" "through Mallory's link: nothing is made"
home_config "state \"$SPOOL/mallory/x/journal\""
unprivileged haul
exits 73 "a journal through Mallory's link: refused"
refuse "a journal through Mallory's link: is not made" test -e "$HOME/x/journal.lock"

# Maildirs.
for folder in tmp new cur; do
	spool 1777
	home_config "deliver maildir \"$SPOOL/box\""
	mkdir "$SPOOL/box" "$HOME/$folder"
	for other in tmp new cur; do
		[ $other = $folder ] || mkdir "$SPOOL/box/$other"
	done
	chown -R nobody "$SPOOL/box"
	ln -s "$HOME/$folder" "$SPOOL/box/$folder"
	chown -h daemon "$SPOOL/box/$folder"
	unprivileged haul
	exits 73 "a Maildir whose $folder is Mallory's link: refused"
	is "$(find "$HOME/$folder" "$SPOOL/box" -type f)" "" "a Maildir whose $folder is Mallory's link: \
nothing is written"
	untouched "a Maildir whose $folder is Mallory's link"
	rm "$SPOOL/box/$folder"
	mkdir "$SPOOL/box/$folder"
	chown daemon "$SPOOL/box/$folder"
	chmod 777 "$SPOOL/box/$folder"
	unprivileged haul
	exits 73 "a Maildir whose $folder is Mallory's: refused"
	complains "a Maildir whose $folder is Mallory's: told" "$folder belongs to daemon"
	rm -r "$SPOOL/box/$folder"
	ln -s "$HOME/$folder" "$SPOOL/box/$folder"
	chown -h nobody "$SPOOL/box/$folder"
	unprivileged haul
	exits 0 "a Maildir whose $folder is a link of one's own: no trouble"
done

# Journals in a directory for all.
for which in "" .lock .new .trouble; do
	for kind in "symbolic link" file; do
		spool 1777
		home_config "state \"$SPOOL/journal\"" 'deliver mbox "~/inbox"' 'patience 6h'
		INBOX=$HOME/inbox
		if [ "$kind" = file ]; then
			printf 'haulmail journal 1\nseen 01-welcome 1754000000\n' >"$SPOOL/journal$which"
			chmod 666 "$SPOOL/journal$which"
		else
			plant "$kind" "$SPOOL/journal$which"
		fi
		chown -h daemon "$SPOOL/journal$which"
		unprivileged haul
		case $which in
		.new | .trouble) delivered "Mallory's $kind for journal$which: is no obstacle" ;;
		*)
			exits 73 "Mallory's $kind for journal$which: refused"
			untouched "Mallory's $kind for journal$which"
			;;
		esac
		check "Mallory's $kind for journal$which: nothing is written to it" \
			cmp "$PRECIOUS" "$T/precious"
	done
done
spool 1777
mallory mkdir "$SPOOL/state"
chmod 777 "$SPOOL/state"
home_config "state \"$SPOOL/state/journal\""
unprivileged haul
exits 73 "a journal in a directory of Mallory's: refused"
complains "a journal in a directory of Mallory's: told" "state belongs to daemon"
untouched "a journal in a directory of Mallory's"

# Dotlocks.
spool 1777
mallory sh -c "echo $$ >$INBOX.lock"
unprivileged haul
exits 75 "Mallory's dotlock: waited for"
complains "Mallory's dotlock: told whose it is" "nobody.lock belongs to daemon"
check "Mallory's dotlock: stays" grep -qx $$ "$INBOX.lock"
is "$(on_server)" 4 "Mallory's dotlock: nothing is deleted"
touch -d "1 hour ago" "$INBOX.lock"
unprivileged haul
exits 75 "Mallory's old dotlock, which cannot be removed: waited for"
complains "Mallory's old dotlock: told once" "belongs to daemon"
rm -f "$INBOX.lock"
for kind in "symbolic link" FIFO; do
	rm -f "$INBOX.lock"
	plant "$kind" "$INBOX.lock"
	chown -h daemon "$INBOX.lock"
	unprivileged haul
	exits 75 "Mallory's $kind for a dotlock: waited for"
	check "Mallory's $kind for a dotlock: the file is as it was" cmp "$PRECIOUS" "$T/precious"
done
rm -f "$INBOX.lock"
unprivileged haul
exits 0 "without it: the mail comes"
delivered "without it: the mail is there"

# ---- config files and passwords of others

home_with
serve
cp "$CONFIG" "$T/hers"
chown daemon "$T/hers"
chmod 644 "$T/hers"
sed '/password/d' "$T/hers" >"$T/public"
cat "$T/public" >"$T/hers"
(umask 077 && echo "machine 127.0.0.1 login alice password secret" >"$HOME/.netrc")
unprivileged haul -c "$T/hers"
exits 78 "a config file of Mallory's: refused"
like "$ERR" "belongs to daemon, .*--foreign-owner=yes" "told, and how it is read all the same"
untouched "a config file of Mallory's"
echo "include $T/hers" | config
unprivileged haul
exits 78 "one that is included: refused"
like "$ERR" "config:1:9: $T/hers: it belongs to daemon" "told with the place"
unprivileged haul --foreign-owner=yes
exits 0 "but if that is asked for: read"
delivered "and the mail comes"
refill
forget_journal
rm "$INBOX"
_dir=$SPOOL/dir
mallory mkdir -m 755 "$_dir"
cp "$T/public" "$_dir/config"
chown nobody "$_dir/config"
unprivileged haul -c "$_dir/config"
exits 78 "a config file of one's own in a directory of Mallory's: refused"
like "$ERR" "its directory belongs to daemon" "told"
home_with 'password-file "~/pw"'
serve
(umask 077 && echo secret >"$HOME/pw")
as_hers()
{
	chown daemon "$HOME/pw"
	chmod 644 "$HOME/pw"
	haul
	chmod 600 "$HOME/pw"
}
unprivileged as_hers
exits 78 "a password-file of Mallory's: refused"
complains "told" "pw belongs to daemon"
untouched "a password-file of Mallory's"

# ---- root

# owned_by_nobody: root's config, and a directory of nobody's, $HIS.
owned_by_nobody()
{
	HIS=$T/his$homes
	home_with
	serve
	mkdir "$HIS" "$HIS/state"
	: >"$HIS/inbox"
	chown -R nobody "$HIS"
}

home_with
serve
haul
exits 0 "root: its own mail"
delivered "root: is there"
for target in "mbox \"\$HIS/inbox\"" "mbox \"\$HIS/new\"" "maildir \"\$HIS\""; do
	owned_by_nobody
	target=$(printf '%s' "$target" | sed "s|\$HIS|$HIS|")
	home_config "deliver $target"
	haul
	exits 73 "root, deliver ${target%% *}, ${target##*/}: refused"
	complains "root, deliver ${target%% *}, ${target##*/}: told whose it is" \
		"belongs to nobody; \"foreign-owner yes\""
	is "$(on_server)" 4 "root, deliver ${target%% *}, ${target##*/}: nothing is deleted"
	is "$(cd "$HIS" && echo *)" "inbox state" "root, deliver ${target%% *}: nothing is made"
	home_config "deliver $target" "foreign-owner yes"
	haul
	exits 0 "root, deliver ${target%% *}, ${target##*/}: with foreign-owner yes"
	is "$(on_server)" 0 "root, deliver ${target%% *}, ${target##*/}: it is delivered"
done
owned_by_nobody
ln -s "$PRECIOUS" "$HIS/link"
chown -h nobody "$HIS/link"
home_config "deliver mbox \"$HIS/link\"" "foreign-owner yes"
haul
exits 73 "root, a link of another user: refused, whatever is asked for"
untouched "root, a link of another user"
owned_by_nobody
home_config "state \"$HIS/state/journal\""
haul
exits 73 "root, a journal in the directory of another user: refused"
complains "root, a journal: told whose it is" "state belongs to nobody"
untouched "root, a journal in the directory of another user"
home_config "state \"$HIS/state/journal\"" "foreign-owner yes"
haul
exits 0 "root, a journal: with foreign-owner yes"
owned_by_nobody
mkdir -p "${JOURNAL%/*}"
: >"$JOURNAL"
chown nobody "$JOURNAL"
haul
exits 73 "root, a journal of another user: refused"
complains "root, a journal of another user: told whose it is" "home belongs to nobody"
untouched "root, a journal of another user"
haul -n --foreign-owner=yes
exits 0 "root, a journal of another user: with foreign-owner yes"
owned_by_nobody
chown nobody "$CONFIG"
haul
exits 78 "root, a config file of another user: refused"
like "$ERR" "belongs to nobody, who could have programs run by you" "root, a config file: told why"
untouched "root, a config file of another user"
haul config --foreign-owner=yes
exits 0 "root, a config file: read if that is asked for"
chown root "$CONFIG"
chgrp nogroup "${CONFIG%/*}"
chmod 775 "${CONFIG%/*}"
haul
exits 78 "root, a config file that a group could replace: refused"
chown nobody "${CONFIG%/*}"
chmod 755 "${CONFIG%/*}"
haul
exits 78 "root, a config file that another user could replace: refused"
untouched "root, a config file that others could replace"
home_with
serve
chown -R nobody "$HOME"
haul
exits 78 "root with the home of another user: refused"
untouched "root with the home of another user"

# Rights that are not the user's.
home_with
serve
cat >"$T/borrowed.py" <<'END2'
import os, sys
if sys.argv[1] == "user":
    os.setreuid(65534, 0)
else:
    os.setregid(65534, 0)
os.execv(sys.argv[2], sys.argv[2:])
END2
for right in user group; do
	"$PYTHON" -S "$T/borrowed.py" $right "$HAULMAIL" config >"$T/out" 2>"$T/err"
	is "$?" 64 "set$right id: refused"
	is "$(cat "$T/out" "$T/err")" "haulmail: haulmail is not made to be setuid or setgid" "told"
done

# ---- races

# Mallory changes what a name in a directory for all leads to, as fast as can be.
cat >"$T/racer.py" <<'END2'
import os, random, sys, time
name, precious, until = sys.argv[1], sys.argv[2], sys.argv[3]
os.umask(0)
away = []
def quietly(f, *args):
    try:
        f(*args)
    except OSError:
        pass
def file():
    os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
def is_mine():
    return os.lstat(name).st_uid == os.getuid()
def clear():
    # what is the user's is renamed and comes back, if the directory lets it
    if not is_mine():
        away.append("%s.away%d" % (name, len(away)))
        os.rename(name, away[-1])
    elif os.path.isdir(name) and not os.path.islink(name):
        os.rmdir(name)
    else:
        os.unlink(name)
def back():
    if away and not os.path.lexists(name):
        os.rename(random.choice(away), name)
kinds = [(os.symlink, precious, name), (os.mkfifo, name), (file,), (os.mkdir, name),
         (os.symlink, os.path.dirname(precious), name), (back,), (time.sleep, 0.002)]
random.seed(7)
while not os.path.exists(until):
    quietly(*random.choice(kinds))
    if random.random() < 0.3:
        time.sleep(random.random() / 500)
    quietly(clear)
quietly(clear)
quietly(back)
END2

start_racer()
{
	rm -f "$T/stop"
	mallory "$PYTHON" -S "$T/racer.py" "$1" "$PRECIOUS" "$T/stop" &
	RACER=$!
	PIDS="$PIDS $RACER"
}

stop_racer()
{
	: >"$T/stop"
	wait "$RACER"
}

# put_aside: what has been delivered so far, so that Mallory may try again. Whoever looks whether a
# file is the user's has to have it in a directory of his own.
put_aside()
{
	for _file in "$SPOOL"/*; do
		_aside=$T/aside/$_round.${_file##*/}
		mv -n "$_file" "$_aside" 2>/dev/null || continue
		[ "$(stat -c %U:%F "$_aside")" = "nobody:regular file" ] || rm -rf "$_aside"
	done
}

# race TEXT [COMMAND]: many runs, for a message each, and behind each that command; the rest is for
# the next one, in peace.
race()
{
	_odd= _served=0 _aside=
	rm -rf "$T/aside"
	mkdir "$T/aside"
	for _round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		printf 'Subject: %s\n\nx\n' "$_round" >"$DROP/round$_round.eml"
		cp "$DROP/round$_round.eml" "$MASTER"
		unprivileged haul
		case $RC in
		0) _served=$((_served + 1)) ;;
		73 | 75 | 78) ;;
		*) _odd="$_odd $RC" ;;
		esac
		${2-:}
	done
	is "$_odd" "" "$1: each run ends in order ($_served of 20 could deliver)"
	check "$1: the file is as it was" cmp "$PRECIOUS" "$T/precious"
}

for mode in 1777 777; do
	spool $mode
	start_racer "$INBOX"
	race "names of an mbox change, directory $mode" put_aside
	stop_racer
	unprivileged haul
	exits 0 "names of an mbox change, directory $mode: afterwards"
	_round=last
	put_aside
	cat "$T/aside"/* >"$T/all"
	INBOX=$T/all
	delivered "names of an mbox change, directory $mode: each message is there once"
	is "$(on_server)" 0 "names of an mbox change, directory $mode: and deleted"
done

spool 1777
start_racer "$INBOX.lock"
race "a dotlock comes and goes"
stop_racer
unprivileged haul
exits 0 "a dotlock comes and goes: afterwards"
delivered "a dotlock comes and goes: each message is there once"

for which in "" .lock .trouble; do
	spool 1777
	home_config "state \"$SPOOL/journal\"" 'deliver mbox "~/inbox"' 'patience 6h'
	INBOX=$HOME/inbox
	start_racer "$SPOOL/journal$which"
	race "names of journal$which change"
	stop_racer
	unprivileged haul
	exits 0 "names of journal$which change: afterwards"
	delivered "names of journal$which change: each message is there once"
done

finish
