#!/bin/sh
# The journal grows by what is new, is not rewritten for each message, and shrinks again
# when most of it is dead.
. "$(dirname "$0")/lib.sh"

count=1000
[ "$SLOW" -eq 1 ] || count=500
fresh_home
mkdir "$T/none"
start_server "$T/none" --fake "$count"
home_config "keep yes"
haul
exits 0 "$count messages are fetched and kept"
first=$(wc -c <"$JOURNAL")
check "the journal takes less than 150 bytes a message ($((first / count)))" \
	test "$first" -lt $((count * 150))
is "$(grep -c '^seen ' "$JOURNAL")" "$count" "each is there as seen"

server_now --fake $((count + 5))
haul
exits 0 "five new ones"
check "cost about five lines" test $(($(wc -c <"$JOURNAL") - first)) -lt 1500
for _ in 1 2 3 4 5; do haul; done
check "runs with nothing new cost next to nothing" \
	test $(($(wc -c <"$JOURNAL") - first)) -lt 3000
is "$(count_mail)" $((count + 5)) "and bring nothing"

# Everything is deleted on the server; in time the journal notices.
home_config "keep no"
haul
exits 0 "keep no: succeeds"
server_now --fake $((count + 8))
haul
haul
haul
exits 0 "later runs succeed"
is "$(count_mail)" $((count + 8)) "and bring what is new, once"
check "the journal has shrunk ($(wc -c <"$JOURNAL") of $first bytes)" \
	test "$(wc -c <"$JOURNAL")" -lt $((first / 2))
is "$(head -n 1 "$JOURNAL")" "haulmail journal 1" "and is a journal still"
is "$(stat -c %a "$JOURNAL")" 600 "with its mode"

finish
