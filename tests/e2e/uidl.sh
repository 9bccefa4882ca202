#!/bin/sh
# UIDs: those that repeat, that are odd, and that are many; and what is done without them.
. "$(dirname "$0")/lib.sh"

# Two messages share a UID, and the second cannot be had: its loss is a peer's worst fault.
fresh_home
maildrop plain 3
printf '000001-plain\tsame\n000002-plain\tsame\n' >"$DROP/uids"
start_server "$DROP"
server_now --err RETR:2=gone
home_config
haul
exits "65 75 76" "shared UID, one RETR refused: the exit status tells"
nothing_lost "shared UID: nothing is lost"
check "shared UID: the undelivered one is on the server" test -e "$DROP/000002-plain.eml"
server_now --err RETR=gone
haul
nothing_lost "shared UID, next run: nothing is lost"
server_now
forget_pauses
haul
forget_pauses
haul
exits 0 "shared UID: the server is well again"
delivered "shared UID: each message has come exactly once"
is "$(on_server)" 0 "shared UID: and is deleted"

fresh_home
maildrop plain 4
for i in 1 2 3 4; do printf '00000%d-plain\tsame\n' "$i"; done >"$DROP/uids"
echo "one of another size" >>"$DROP/000003-plain.eml"
cp "$DROP/000003-plain.eml" "$MASTER"
start_server "$DROP"
home_config "keep yes"
haul
exits 0 "four share a UID, kept: fetched"
delivered "four share a UID: delivered" --ordered
forget_transcript
haul
exits 0 "four share a UID: second run"
is "$(asked 'RETR .*')" 0 "four share a UID: nothing comes twice"
# Three of them cannot be told apart any more: whether they are deleted now is a matter of
# taste, but none may come twice or be lost.
home_config "keep no"
haul
exits 0 "four share a UID: keep no"
delivered "four share a UID: nothing comes twice" --ordered
is "$(on_server)" 0 "four share a UID: all can be deleted in the end"

# UIDs that RFC 1939 does not allow.
fresh_home
maildrop plain 7
{
	printf '000001-plain\twith blank\n'
	printf '000002-plain\twith\\x01control\\x7f\n'
	printf '000003-plain\t\\xff\\xfe8bit\\x80\n'
	printf '000004-plain\t%s\n' "$(head -c 300 /dev/zero | tr '\0' u)"
	printf '000005-plain\t%s1\n' "$(head -c 300 /dev/zero | tr '\0' u)"
	printf '000006-plain\t\\\\134 %% [x]\n'
	printf '000007-plain\t"q" #\n'
} >"$DROP/uids"
start_server "$DROP"
home_config "keep yes"
haul
exits 0 "odd UIDs: fetched"
quiet "odd UIDs: in silence"
delivered "odd UIDs: delivered" --ordered
check "odd UIDs: the journal is readable text" printable "$JOURNAL"
forget_transcript
haul
exits 0 "odd UIDs: second run"
is "$(asked 'RETR .*')" 0 "odd UIDs: each is known again"
home_config "keep no"
haul
is "$(on_server)" 0 "odd UIDs: each can be deleted"
delivered "odd UIDs: nothing came twice" --ordered

# A maildrop that is empty for once, or a listing that fails, is no reason to forget.
fresh_home
mkdir "$T/none"
start_server "$T/none" --fake 300
home_config "keep yes"
haul
is "$(count_mail)" 300 "300 kept messages"
server_now --fake 0
haul
exits 0 "an empty maildrop"
server_now --err "UIDL=[SYS/TEMP] later"
haul
exits 75 "a listing that fails"
server_now
forget_transcript
haul
exits 0 "and all is as before"
is "$(asked 'RETR .*')" 0 "nothing comes again"
is "$(count_mail)" 300 "nor is anything doubled"

# The journal: a torn last line, NUL bytes from a crashed file system, lost altogether.
fresh_home
maildrop sample
start_server "$DROP"
home_config "keep yes"
haul
printf 'seen 0' >>"$JOURNAL"
forget_transcript
haul
exits 0 "a torn last line in the journal does no harm"
is "$(asked 'RETR .*')" 0 "and nothing comes again"
head -c 100 /dev/zero >>"$JOURNAL"
haul
exits 0 "nor do NUL bytes at its end"
is "$(asked 'RETR .*')" 0 "and still nothing comes again"
makemail plain "$DROP" 1
haul
haul
is "$(asked 'RETR .*')" 1 "what comes after them is remembered"
is "$(count_mail)" 5 "and delivered once"
delivered_before=$(count_mail)
echo "something else altogether" >"$JOURNAL"
haul
like "$RC" "^(65|73|74|76|78)$" "a file that is no journal is refused"
is "$(count_mail)" "$delivered_before" "and nothing is fetched"
check "nor is it overwritten" grep -qx "something else altogether" "$JOURNAL"

finish
