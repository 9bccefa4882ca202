#!/bin/sh
# The maildir target: whole files under names of their own, and recovery by those names.
. "$(dirname "$0")/lib.sh"

export HAULMAIL

# maildir_home [LINE...]: the usual account, but $INBOX is a Maildir.
maildir_home()
{
	home_config "deliver maildir \"$INBOX\"" "$@"
}

# modes DIR...: the mode of each, in one line.
modes()
{
	stat -c %a "$@" | tr '\n' ' '
}

files_in()
{
	find "$1" -type f | wc -l | tr -d ' '
}

fresh_home
maildrop corners
makemail big "$DROP/98-big.eml" 3000000
makemail big "$DROP/99-bigger.eml" 6000000
cp "$DROP"/9*.eml "$MASTER"
start_server "$DROP"
maildir_home
haul
exits 0 "fetched"
quiet "in silence"
delivered "each message is there once, byte for byte"
is "$(on_server)" 0 "and gone from the server"
is "$(modes "$INBOX" "$INBOX/cur" "$INBOX/new" "$INBOX/tmp")" "700 700 700 700 " \
	"the directories are for their owner alone"
is "$(find "$INBOX/new" -type f ! -perm 600)" "" "and so are the files"
is "$(files_in "$INBOX/new")" "$(files_in "$MASTER")" "all of them are new"
if command -v mutt >/dev/null; then
	is "$("$PYTHON" "$E2E/muttcount.py" "$INBOX")" "$(files_in "$MASTER")" "mutt's count"
else
	skip "mutt is not installed"
fi
is "$("$PYTHON" -c 'import mailbox, sys; print(len(mailbox.Maildir(sys.argv[1], create=False)))' \
	"$INBOX")" "$(files_in "$MASTER")" "Python's count"
haul
exits 0 "a second run"
quiet "has nothing to do"
delivered "and does nothing"
stop_server

# A Maildir that is there, with somebody's mail in it.
fresh_home
maildrop sample
start_server "$DROP"
maildir_home
mkdir "$INBOX" "$INBOX/cur" "$INBOX/new" "$INBOX/tmp"
chmod 750 "$INBOX" "$INBOX/new"
echo draft >"$INBOX/tmp/1500000000.M1P2.elsewhere"
printf 'Subject: old\n\n' >"$INBOX/cur/1500000000.M1P1.elsewhere:2,S"
haul
exits 0 "a Maildir that is there"
is "$(modes "$INBOX" "$INBOX/new")" "750 750 " "keeps its modes"
is "$(cat "$INBOX"/cur/* "$INBOX"/tmp/*)" "$(printf 'Subject: old\n\ndraft')" \
	"and what lies in it from others"
rm "$INBOX"/cur/* "$INBOX"/tmp/*
delivered "the new messages are there, too"
stop_server

# Places where no Maildir can be; nothing may be deleted then.
fresh_home
maildrop sample
start_server "$DROP"
: >"$HOME/file"
ln -s nowhere "$HOME/dangling"
mkdir "$HOME/half"
: >"$HOME/half/new"
for where in "$HOME/file" "$HOME/file/maildir" "$HOME/not/there" "$HOME/dangling" "$HOME/half"; do
	maildir_home "deliver maildir \"$where\""
	haul
	exits 73 "no Maildir possible: ${where#"$HOME"/}"
	complains "no Maildir possible: told with the path" "$where"
	is "$(on_server)" 4 "no Maildir possible: nothing is deleted"
done
if can_be_unprivileged; then
	maildir_home "deliver maildir \"$HOME/closed\""
	for folder in . tmp new; do
		mkdir "$HOME/closed" "$HOME/closed/cur" "$HOME/closed/new"
		[ $folder = . ] || mkdir "$HOME/closed/tmp"
		chmod 500 "$HOME/closed/$folder"
		unprivileged haul
		exits 73 "a directory that may not be written: $folder"
		complains "a directory that may not be written: told with the path: $folder" \
			"$HOME/closed/${folder#.}"
		is "$(find "$HOME/closed" -type f)" "" "nothing stays behind there"
		chmod 700 "$HOME/closed/$folder"
		rm -r "$HOME/closed"
	done
	is "$(on_server)" 4 "and nothing is deleted"
	unprivileged haul
	exits 0 "when it may be written"
	INBOX=$HOME/closed
	delivered "each message is there once"
else
	skip "there is no other user to run as"
fi
stop_server

# A file that cannot grow, as on a full disk: no part of a message is left, nothing is deleted.
fresh_home
maildrop sample
makemail big "$DROP/05-big.eml" 200000
cp "$DROP/05-big.eml" "$MASTER"
start_server "$DROP"
maildir_home
cat >"$T/small" <<'END'
trap '' XFSZ
ulimit -f 200 # blocks of 512 bytes
exec "$@"
END
wrapper=${HAULMAIL_WRAPPER-}
HAULMAIL_WRAPPER="sh $T/small $wrapper"
haul
HAULMAIL_WRAPPER=$wrapper
exits 75 "no space: temporary"
complains "no space: told" "$INBOX/tmp/.*: "
nothing_lost "no space: nothing is lost"
is "$(files_in "$INBOX")" 0 "no space: no part of a message stays"
is "$(on_server)" 5 "no space: nothing is deleted"
haul
exits 0 "with space again"
delivered "each message is there once"
stop_server

# ---- recovery

# A run is killed where the server falls silent.
for stage in RETR:3 DELE:1 QUIT; do
	fresh_home
	maildrop random 4 "$stage"
	start_server "$DROP" --hang "$stage"
	maildir_home
	haul_in_background
	wait_for grep -Eqx "$(echo "$stage" | tr : ' ').*" "$TRANSCRIPT"
	sleep 0.1
	kill -9 "$BG"
	end_background 2>/dev/null
	stop_server
	nothing_lost "killed at $stage: nothing is lost"
	start_server "$DROP"
	maildir_home
	haul
	exits 0 "killed at $stage: the next run succeeds"
	delivered "killed at $stage: each message is there once"
	is "$(on_server)" 0 "killed at $stage: and gone from the server"
	stop_server
done

# uncertain: the journal as it is when a run is killed between its first rename and its record
# of that; the server has all messages still.
uncertain()
{
	fresh_home
	maildrop random 6 "$1"
	start_server "$DROP"
	maildir_home
	haul
	grep -Ev '^(seen|done|gone) ' "$JOURNAL" >"$T/journal"
	cat "$T/journal" >"$JOURNAL"
	refill
	forget_transcript
	is "$(grep -c '^intent ' "$JOURNAL")" 1 "$1: an intent without its end"
}

# recovered NAME N: the next run asks for N messages and completes the Maildir.
recovered()
{
	haul
	exits 0 "$1: the next run succeeds"
	quiet "$1: in silence"
	is "$(asked 'RETR .*')" "$2" "$1: asks for what is missing only"
	delivered "$1: each message is there once"
	is "$(on_server)" 0 "$1: and gone from the server"
	haul
	exits 0 "$1: and a further run"
	delivered "$1: does nothing"
	stop_server
}

uncertain "all renamed"
recovered "all renamed" 0

uncertain "moved by a reader"
for file in "$INBOX"/new/*; do
	mv "$file" "$INBOX/cur/${file##*/}:2,FS"
done
recovered "moved by a reader" 0

uncertain "some here, some there"
# shellcheck disable=SC2046 # no blanks in these names
set -- $(find "$INBOX/new" -type f | sort)
mv "$1" "$INBOX/cur/${1##*/}:2,"
mv "$3" "$INBOX/cur/${3##*/}:2,RS"
mv "$5" "$INBOX/tmp/"
head -c 20 "$6" >"$INBOX/tmp/${6##*/}"
rm "$6"
echo theirs >"$INBOX/tmp/1500000000.M1P2.elsewhere"
sleep 1 # new names are other ones then
haul
is "$(ls "$INBOX/tmp")" 1500000000.M1P2.elsewhere "what the dead run left in tmp/ is removed, no more"
is "$(asked 'RETR .*')" 2 "some here, some there: two were missing"
rm "$INBOX/tmp/1500000000.M1P2.elsewhere"
recovered "some here, some there" 2

uncertain "none renamed"
mv "$INBOX"/new/* "$INBOX/tmp/"
sleep 1
recovered "none renamed" 6

uncertain "the directories are gone"
rm -r "$INBOX"
haul
exits 75 "the directories are gone"
complains "that is told: they may come back" "Maildir is not there any more|$INBOX is not there"
mkdir "$INBOX"
recovered "the directories are gone for good" 6

# A file that happens to have the time of ours is not ours.
uncertain "others' files"
for file in "$INBOX"/new/*; do
	name=${file##*/}
	mv "$file" "$INBOX/tmp/$name"
	echo not ours >"$INBOX/cur/${name%%.*}.H0123.elsewhere:2,S"
done
haul
is "$(asked 'RETR .*')" 6 "others' files: not taken for ours"
rm "$INBOX"/cur/*
delivered "others' files: each message is there once"
stop_server

# And at moments of chance; the seed is in the log.
if [ "$SLOW" -eq 1 ]; then rounds=40; else rounds=3; fi
check "killed $rounds times by chance" "$PYTHON" "$E2E/sweep.py" kill --maildir \
	--dir "$T/sweep" --rounds "$rounds" --seed "${SEED:-$$}"
say_comment <"$T/check"

finish
