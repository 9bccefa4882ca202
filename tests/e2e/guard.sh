#!/bin/sh
# A whole mailbox does not come again by mistake: a journal that was lost, UIDs that are all new.
. "$(dirname "$0")/lib.sh"

# stops TEXT PATTERN: the last run fetched nothing, and said how to go on.
stops()
{
	exits 75 "$1: 75"
	complains "$1: told" "$2.*haulmail mark home 1-end seen.*--accept-new-uids home"
	is "$(asked 'RETR .*')" 0 "$1: nothing is fetched"
}

# ---- the journal is gone

fresh_home
maildrop plain 3
start_server "$DROP"
home_config "keep yes"
haul
exits 0 "a first run: succeeds"
quiet "a first run: in silence"
check "a lock was made" test -s "$JOURNAL.lock"

mv "$JOURNAL" "$T/lost"
for run in "" -n "" check; do
	forget_transcript
	# shellcheck disable=SC2086 # or no word
	haul $run
	stops "no journal, $run" "journal .* is gone"
	check "no journal, $run: none is made" test ! -e "$JOURNAL"
done
haul --yes delete home 1
exits 75 "no journal: nothing is deleted"
is "$(on_server)" 3 "and all is there"
haul list home
exits 0 "no journal: list does not mind"
server_now --err UIDL=no
haul mark home 1-end seen
exits 75 "no journal: mark fails"
server_now
haul
stops "no journal, and mark has failed" "journal .* is gone"
haul mark home 1-end seen
exits 0 "no journal: mark"
forget_transcript
haul
exits 0 "no journal, then mark: succeeds"
is "$(asked 'RETR .*')" 0 "and brings nothing"
check "and deletes nothing" test "$(on_server)" -eq 3

rm "$JOURNAL"
haul --accept-new-uids
exits 0 "no journal, accepted: succeeds"
is "$(count_mail)" 6 "and all comes again"
haul
exits 0 "and once"
is "$(count_mail)" 6 "only"

# An account that is a URL is called so.
printf 'machine 127.0.0.1 password secret\n' >"$HOME/.netrc"
chmod 600 "$HOME/.netrc"
url=pop://alice@127.0.0.1:$PORT
haul -n "$url"
haul -q "$url" --to "mbox:$HOME/other" --keep
rm "$HOME/.local/state/haulmail/alice@127.0.0.1:$PORT"
haul "$url"
exits 75 "a URL, no journal: 75"
contains "$ERR" "\"haulmail mark $url 1-end seen\"" "a URL, no journal: what to do"

# A run that was cut short before it had a journal is no such case.
forget_journal
mkdir -p "$(dirname "$JOURNAL")"
: >"$JOURNAL.lock"
haul
exits 0 "a lock of a run that died at once: succeeds"

# ---- the UIDs are all new ones

# renumber PREFIX: each message of the maildrop gets another UID.
renumber()
{
	for file in "$DROP"/*.eml; do
		name=$(basename "$file" .eml)
		printf '%s\t%s-%s\n' "$name" "$1" "$name"
	done >"$DROP/uids"
}

fresh_home
maildrop plain 20
start_server "$DROP"
home_config "keep yes"
haul
renumber a
for run in "" -n "" check; do
	forget_transcript
	# shellcheck disable=SC2086 # or no word
	haul $run
	stops "new UIDs, $run" "none of their 20 UIDs"
done
is "$(count_mail)" 20 "new UIDs: nothing came again"
haul mark home 1-end seen
haul
exits 0 "new UIDs, then mark: succeeds"
is "$(count_mail)" 20 "and brings nothing"
cp "$DROP/000001-plain.eml" "$DROP/99-new.eml"
haul
is "$(count_mail)" 21 "but what is new"

forget_journal
rm "$DROP/99-new.eml" "$INBOX"
haul
is "$(count_mail)" 20 "a fresh start"
renumber b
cp "$DROP/000001-plain.eml" "$DROP/99-new.eml"
cp "$DROP/000001-plain.eml" "$DROP/98-new.eml"
forget_transcript
haul
stops "new UIDs, and some new mail" "none of their 22 UIDs"
haul --accept-new-uids
exits 0 "new UIDs, accepted: succeeds"
is "$(count_mail)" 42 "and all comes"
haul
exits 0 "and once"
is "$(count_mail)" 42 "only"

# What looks a little like it and is not.
one_run()
{ # BEFORE AFTER KEPT: so many messages, then so many others, and the first KEPT of those before
	fresh_home
	maildrop plain "$1"
	start_server "$DROP"
	home_config "keep ${4:-yes}"
	haul
	for file in "$DROP"/*.eml; do
		[ ! -e "$file" ] || # none is left
			[ "$(basename "$file" -plain.eml | sed 's/^0*//')" -le "$3" ] ||
			rm -f "$file"
	done
	makemail plain "$T/other$1$2" "$2"
	for file in "$T/other$1$2"/*.eml; do
		mv "$file" "$DROP/other-$(basename "$file")"
	done
	haul
}
one_run 9 9 0
is "$RC $(count_mail)" "0 18" "nine messages, and nine others"
one_run 20 20 1
is "$RC $(count_mail)" "0 40" "one of twenty is still known"
one_run 40 20 0
is "$RC $(count_mail)" "0 60" "forty have gone and twenty come"
one_run 12 40 0
is "$RC $(count_mail)" "0 52" "twelve have gone and forty come"
one_run 20 20 0 no
is "$RC $(count_mail)" "0 40" "what we have deleted ourselves does not count"

# ---- a large first run

fresh_home
mkdir -p "$T/none"
start_server "$T/none" --fake 1001
home_config "keep yes"
haul_on_terminal 80 "" -n
unlike "$OUT" "first run" "a dry run lists, and announces nothing"
haul_on_terminal 80 ""
exits 0 "1,001 messages at a terminal: succeeds"
like "$OUT" "home: the first run: fetching 1001 messages \([0-9]+K\), which stay on the server" \
	"it says what it is about to do"
server_now --fake 2005
haul_on_terminal 80 ""
unlike "$OUT" "first run" "the second one is not the first"
is "$(count_mail)" 2005 "and brings the others"
fresh_home
server_now --fake 1000
home_config
haul_on_terminal 80 ""
unlike "$OUT" "first run" "1,000 are not worth a word"
fresh_home
server_now --fake 1001
home_config
haul
quiet "nor is any number without a terminal"

# ---- the mailbox is empty, where there were many

fresh_home
maildrop plain 3
start_server "$DROP"
home_config "keep yes"
haul
rm "$DROP"/*.eml
# so much of the journal is superseded that it is written anew: nothing may be forgotten with that
"$PYTHON" -c 'if True:
	for i in range(4 * 200):
		print("seen was-%08d 1754300000" % (i % 200))' >>"$JOURNAL"
size=$(wc -c <"$JOURNAL") inode=$(stat -c %i "$JOURNAL")
haul
exits 0 "an empty mailbox: succeeds"
check "the journal is written anew" test "$(stat -c %i "$JOURNAL")" -ne "$inode"
check "and is shorter" test "$(wc -c <"$JOURNAL")" -lt $((size / 2))
is "$(grep -c '^seen was-' "$JOURNAL")" 200 "and knows all that it knew"
refill
haul
exits 0 "all is back: succeeds"
is "$(count_mail)" 3 "and nothing comes again"

finish
