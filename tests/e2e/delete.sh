#!/bin/sh
# haulmail delete: asks on a terminal, wants --yes without one, and the server is believed at QUIT.
. "$(dirname "$0")/lib.sh"

fresh_home
maildrop plain 6
start_server "$DROP"
home_config "keep yes" "limit 2"
haul

haul delete home 1
exits 64 "without a terminal: 64"
like "$ERR" "no terminal.*--yes" "it says what to do"
is "$(on_server)" 6 "and deletes nothing"

haul_on_terminal 80 n delete home 1
exits 0 "no: succeeds"
like "$OUT" "Delete 1 of 6 messages on the server\? \[y/N\]" "it asks"
like "$OUT" "nothing is deleted" "it says so"
is "$(on_server)" 6 "and deletes nothing"
is "$(asked 'DELE .*')" 0 "not even for a while"

haul_on_terminal 80 yes delete home 2-3
exits 0 "yes: succeeds"
like "$OUT" "Delete 2 of 6 messages on the server, 1 of them never fetched\? \[y/N\]" "it warns"
like "$OUT" "home: 2 messages deleted on the server" "it tells"
is "$(cd "$DROP" && echo *)" "000001-plain.eml 000004-plain.eml 000005-plain.eml 000006-plain.eml" \
	"those are gone and no others"
is "$(grep -c '^gone 00000[23]-plain$' "$JOURNAL")" 2 "the journal knows"

haul -n delete home 1-2
exits 0 "a dry run: succeeds"
is "$OUT" "home: would delete 2 of 4 messages on the server" "a dry run: says what it would do"
is "$(on_server)" 4 "a dry run: deletes nothing"
haul --yes delete home 1,last
exits 0 "--yes: succeeds"
is "$OUT" "home: 2 messages deleted on the server" "--yes: tells"
is "$(cd "$DROP" && echo *)" "000004-plain.eml 000005-plain.eml" "--yes: those two"
haul -q --yes delete home 9-end
is "$RC$ERR" 0 "nothing to delete: succeeds"
haul --yes delete home 3
exits 1 "no such message: 1"
haul --yes delete home 1-3
exits 1 "one of them is not there: 1"
is "$(on_server)" 2 "and none is deleted"

# What the server does not confirm has not happened.
before=$(grep -c '^gone' "$JOURNAL")
server_now --err QUIT=no
haul --yes delete home 1
exits 75 "QUIT refused: 75"
is "$(grep -c '^gone' "$JOURNAL")" "$before" "QUIT refused: the journal knows nothing"
server_now --err DELE:1=no
haul --yes delete home 1-2
exits 75 "one DELE refused: 75"
complains "one DELE refused: told" "message 1: .*no"
is "$(cd "$DROP" && echo *)" "000004-plain.eml" "one DELE refused: the other one went"
server_now

# A fetch of that account at work.
exec 9>"$JOURNAL.lock"
flock 9
haul --yes delete home 1
exits 75 "a fetch is at work: 75"
complains "a fetch is at work: told" "another haulmail"
exec 9>&-
is "$(on_server)" 1 "a fetch is at work: nothing is deleted"

if can_dovecot; then
	fresh_home
	maildrop sample
	start_dovecot maildir
	dovecot_mail "$DROP"
	home_config "port $DOVECOT_POP3S" "tls pop3s" "tls-ca \"$CERTS/ca.pem\"" "keep yes"
	haul --yes delete home 2-end
	is "$OUT" "home: 3 messages deleted on the server" "Dovecot: deletes"
	is "$(dovecot_count)" 1 "Dovecot: and they are gone"
else
	skip "Dovecot: $WHY"
fi

finish
