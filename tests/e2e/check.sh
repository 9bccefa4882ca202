#!/bin/sh
# haulmail check: how many messages a fetch would take, and that it changes nothing.
. "$(dirname "$0")/lib.sh"

fresh_home
maildrop sample
start_server "$DROP"
home_config "keep yes"

haul check
exits 0 "new mail: status 0"
is "$OUT$ERR" "home: 4 new messages of 4" "and how many"
check "nothing is written" test ! -e "$INBOX" -a ! -e "$JOURNAL" -a ! -e "$JOURNAL.lock"
is "$(asked 'RETR .*|TOP .*|DELE .*')" 0 "nothing is fetched"
is "$(asked QUIT)" 1 "it says goodbye"

haul
before=$(cat "$JOURNAL")
haul check
exits 1 "nothing new: status 1"
is "$OUT" "home: 0 new messages of 4" "and says so"
is "$(cat "$JOURNAL")" "$before" "the journal stays as it was"

makemail plain "$DROP" 1
haul check home
exits 0 "one more: status 0"
is "$OUT" "home: 1 new message of 5" "one"

# A fetch that is at work holds the account's lock: that is not in the way.
exec 9>"$JOURNAL.lock"
flock 9
haul check
exits 0 "the account is locked: no matter"
exec 9>&-

# What the rules skip, a fetch would not take; what a limit leaves for later, it would.
forget_transcript
home_config "keep yes" 'filter skip header "^Subject: plain"' "limit 1"
cp "$DROP/04-minutes.eml" "$DROP/90-a.eml"
cp "$DROP/04-minutes.eml" "$DROP/91-b.eml"
haul check
is "$OUT" "home: 2 new messages of 7" "rules and limit count"
is "$(asked 'TOP .*')" 3 "only new headers are asked for"
haul check --json
is "$OUT" "$(printf '{"account":"home","status":0,"new":2,"messages":7,"bytes":%d}' \
	"$(cat "$DROP"/*.eml | sed 's/$/\r/' | wc -c)")" "as JSON"

server_now --err PASS=no
haul check
exits 77 "a refused login: its status"
complains "a refused login is told" "login|password"
haul check --json
exits 77 "with --json, too"
like "$OUT" '^{"account":"home","status":77,"error":".*"}$' "and in JSON"
server_now

# Several accounts: the worst trouble; and any new mail is new mail.
{
	echo "account empty"
	echo "host 127.0.0.1"
	echo "port $PORT"
	echo "tls off"
	echo "password secret"
	echo "user alice"
	echo 'filter skip size > 0'
	echo "deliver mbox \"$INBOX\""
} >>"$CONFIG"
haul check
exits 0 "one of two has new mail: status 0"
like "$OUT" "^empty: 0 new messages of 7" "the other has none"
haul check empty
exits 1 "it alone: status 1"
haul check nosuch
exits 64 "no such account: 64"
haul check empty nosuch
exits 64 "nor behind one that is there"

# Failed messages are new still, also while they rest.
fresh_home
maildrop plain 1
start_server "$DROP" --err RETR=no
home_config
haul
haul
haul
haul check
exits 0 "a message that rests: status 0"
is "$OUT" "home: 1 new message of 1" "it is new still"

# A real Dovecot.
if can_dovecot; then
	fresh_home
	maildrop sample
	start_dovecot maildir
	dovecot_mail "$DROP"
	home_config "port $DOVECOT_POP3S" "tls pop3s" "tls-ca \"$CERTS/ca.pem\"" "keep yes"
	haul check
	is "$RC $OUT" "0 home: 4 new messages of 4" "Dovecot: four"
	haul
	haul check
	is "$RC $OUT" "1 home: 0 new messages of 4" "Dovecot: none left"
else
	skip "Dovecot: $WHY"
fi

finish
