#!/bin/sh
# haulmail mark: seen messages are not fetched and never deleted; new ones are fetched again.
. "$(dirname "$0")/lib.sh"

fresh_home
maildrop plain 4
start_server "$DROP"
home_config "keep no"

haul mark home 1-3 seen
exits 0 "seen: succeeds"
is "$OUT" "home: marked 3 of 4 messages as seen" "seen: tells"
is "$(asked 'RETR .*|TOP .*|DELE .*')" 0 "seen: fetches nothing"
check "seen: delivers nothing" test ! -e "$INBOX"
haul
exits 0 "then a fetch"
is "$(count_mail)" 1 "brings the one that is left"
is "$(asked 'RETR .*')" 1 "and asks for no other"
is "$(on_server)" 3 "keep no does not delete what was never delivered"
home_config "keep 1s"
sleep 1
haul
is "$(on_server)" 3 "nor does keep for a time"

home_config "keep yes"
haul mark home 2 new
is "$OUT" "home: marked 1 of 3 messages as new" "new: tells"
haul
is "$(count_mail)" 2 "new: it comes"
haul mark home 2 new
haul
is "$(count_mail)" 3 "new: and again"
haul
is "$(count_mail)" 3 "new: but once"

before=$(cat "$JOURNAL")
haul -n mark home 1-end new
is "$OUT" "home: would mark 3 of 3 messages as new" "a dry run: says so"
is "$(cat "$JOURNAL")" "$before" "a dry run: changes nothing"

exec 9>"$JOURNAL.lock"
flock 9
haul mark home 1 new
exits 75 "a fetch is at work: 75"
complains "a fetch is at work: told" "another haulmail"
exec 9>&-

for words in "" home "home 1" "home 1 read" "home x seen" "home 1 seen new"; do
	# shellcheck disable=SC2086 # several words
	haul mark $words
	exits 64 "mark $words: a usage error"
done
haul mark home 9 seen
exits 1 "no such message: 1"

# With several targets, too, a message that is new comes again to all of them.
fresh_home
maildrop plain 2
start_server "$DROP"
home_config "keep yes" "deliver mbox \"$HOME/second\""
printf '    deliver mbox "%s"\n' "$INBOX" >>"$CONFIG"
haul
is "$(count_mail) $(count_mail "$HOME/second")" "2 2" "two targets: fetched"
haul mark home 1 new
haul
is "$(count_mail) $(count_mail "$HOME/second")" "3 3" "two targets: again"
haul
is "$(count_mail) $(count_mail "$HOME/second")" "3 3" "two targets: once"

# Start fresh with all that is there, also where there is nothing.
fresh_home
maildrop plain 3
start_server "$DROP"
home_config "keep yes"
haul -q mark home 1-end seen
is "$RC$OUT$ERR" 0 "-q: in silence"
haul
check "all seen: nothing comes" test ! -s "$INBOX"
rm "$DROP"/*.eml
haul mark home 1-end seen
is "$RC $OUT" "0 home: marked 0 of 0 messages as seen" "an empty mailbox"
makemail plain "$DROP" 1
server_now --without UIDL
haul mark home 1 seen
exits 78 "no UIDs: 78"
complains "no UIDs: told" "UIDL"

if can_dovecot; then
	fresh_home
	maildrop sample
	start_dovecot maildir
	dovecot_mail "$DROP"
	home_config "port $DOVECOT_POP3S" "tls pop3s" "tls-ca \"$CERTS/ca.pem\""
	haul mark home 1-3 seen
	haul
	is "$(count_mail) $(dovecot_count)" "1 3" "Dovecot: one comes, three stay"
else
	skip "Dovecot: $WHY"
fi

finish
