#!/bin/sh
# keep no, yes and for a time.
. "$(dirname "$0")/lib.sh"

fresh_home
maildrop sample
start_server "$DROP"
home_config "keep yes"
haul
exits 0 "keep yes: fetched"
delivered "keep yes: delivered" --ordered
is "$(on_server)" 4 "keep yes: nothing is deleted"
is "$(asked 'DELE .*')" 0 "keep yes: nor is it tried"
forget_transcript
haul
exits 0 "keep yes: a second run succeeds"
quiet "keep yes: in silence"
is "$(asked 'RETR .*|TOP .*')" 0 "keep yes: and asks for no message again"
delivered "keep yes: and delivers none again" --ordered

# The maildrop changes between runs: numbers move, UIDs stay.
rm "$DROP/02-lunch.eml"
makemail plain "$T/new" 1
cp "$T/new/000001-plain.eml" "$DROP/00-new.eml"
forget_transcript
haul
exits 0 "renumbered: fetched"
is "$(asked 'RETR .*')" 1 "renumbered: only the new message is asked for"
is "$(asked 'RETR 1')" 1 "renumbered: by its number"
is "$(count_mail)" 5 "renumbered: and added"

home_config "keep no"
forget_transcript
haul
exits 0 "keep no, later: succeeds"
is "$(asked 'RETR .*')" 0 "keep no, later: nothing comes again"
is "$(on_server)" 0 "keep no, later: what was delivered is deleted"
is "$(count_mail)" 5 "keep no, later: and stays in the mbox"

fresh_home
maildrop sample
start_server "$DROP"
home_config "keep 14d"
haul
exits 0 "keep 14d: fetched"
is "$(on_server)" 4 "keep 14d: still there"
haul
is "$(on_server)" 4 "keep 14d: still there on the same day"
# Let two of them have come 15 days ago.
then=$(($(date +%s) - 15 * 86400))
sed "s/^\(seen 0[12]-[a-z]*\) [0-9]*/\1 $then/" "$JOURNAL" >"$T/journal"
cat "$T/journal" >"$JOURNAL"
forget_transcript
haul
exits 0 "keep 14d: 15 days later"
quiet "keep 14d: in silence"
is "$(asked 'RETR .*')" 0 "keep 14d: nothing comes again"
is "$(cd "$DROP" && echo *)" "03-from.eml 04-minutes.eml" "keep 14d: the old ones are deleted"
delivered "keep 14d: and stay in the mbox"

# Nothing may be deleted that was not delivered.
fresh_home
maildrop sample
start_server "$DROP"
home_config
server_now --without UIDL
haul
exits 0 "without UIDL: everything is fetched"
delivered "without UIDL: and delivered" --ordered
is "$(on_server)" 0 "without UIDL: and deleted"

cp "$MASTER/04-minutes.eml" "$DROP"
cp "$MASTER/04-minutes.eml" "$DROP/02-again.eml"
haul
exits 0 "without UIDL: the same text once more"
is "$(count_mail)" 6 "without UIDL: is another message, and comes"
is "$(on_server)" 0 "without UIDL: and is deleted after that only"

fresh_home
maildrop sample
start_server "$DROP" --without UIDL
home_config "keep yes"
haul
exits "65 69 76 77 78" "without UIDL: keep is refused"
complains "without UIDL: with a clear error" "UIDL"
is "$(on_server)" 4 "without UIDL: nothing is deleted then"

fresh_home
maildrop sample
# LAST tells only what was read, not what was delivered: with "keep yes" it is all there is to go
# by; with "keep no" everything that is still there is fetched, so that nothing is left behind.
start_server "$DROP" --without UIDL --last 2
home_config "keep yes"
haul
exits 0 "without UIDL, with LAST: fetched"
is "$(asked 'RETR [12]')" 0 "LAST: not what was seen before"
is "$(asked 'RETR [34]')" 2 "LAST: but what came since"
is "$(count_mail)" 2 "LAST: and delivered"
is "$(asked 'DELE .*')" 0 "LAST: nothing is deleted"
home_config "keep no"
haul
exits 0 "LAST, keep no: fetched"
is "$(count_mail)" 4 "LAST, keep no: what was not delivered comes, what was does not come twice"
is "$(on_server)" 0 "LAST, keep no: and all is deleted"

finish
