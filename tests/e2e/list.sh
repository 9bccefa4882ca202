#!/bin/sh
# haulmail list: numbers, sizes, states, UIDs; with -l date, sender and subject, as wide as the terminal.
. "$(dirname "$0")/lib.sh"

fresh_home
maildrop sample
start_server "$DROP"
home_config "keep yes" "limit 2"
haul
rm "$T/out"
forget_transcript
before=$(cat "$JOURNAL")

haul list home
exits 0 "list: succeeds"
is "$OUT" "    1        337 seen    01-welcome
    2        391 seen    02-lunch
    3        316 new     03-from
    4        254 new     04-minutes" "number, size, state, UID"
is "$(asked 'RETR .*|TOP .*|DELE .*')" 0 "nothing is fetched"
is "$(cat "$JOURNAL")" "$before" "nothing is written"

# numbers SET: those that are listed for it.
numbers()
{
	haul list home "$1"
	printf '%s\n' "$OUT" | awk '{ printf "%s", $1 }'
}
is "$(numbers 2)" 2 "one message"
is "$(numbers 2-3)" 23 "from one to another"
is "$(numbers 3-end)" 34 "to the end"
is "$(numbers 7-end)" "" "to the end of nothing"
is "$(numbers next)" 3 "the next new one"
is "$(numbers last)" 4 "the last one"
is "$(numbers 4,1-2)" 124 "several"
haul list home 5
exits 1 "a number too high: status 1"
complains "it is told" "no message 5: the last one is 4"
for set in "" 0 x 3-1 "1," 99999999999; do
	haul list home "$set"
	exits 64 "'$set' is no set"
done
haul list
exits 64 "an account is missing: 64"
like "$ERR" "usage: haulmail list ACCOUNT \[SET\]" "how it is used"
haul list home 1 2
exits 64 "too much: 64"

LC_ALL=C.UTF-8 haul list -l home
exits 0 "-l: succeeds"
is "$(cat "$T/out")" "    1  337B seen    4 Aug 2025 11:12  Ada                  Welcome aboard
    2  391B seen    4 Aug 2025 12:03  Grace                Café at one?
    3  316B new     5 Aug 2025 08:30  Dennis               On lines that begin with From
    4  254B new     6 Aug 2025 17:45  Mail Delivery System Undelivered mail returned to sender" \
	"-l: date, sender, subject, decoded"
is "$(asked 'TOP . 0')" 4 "by TOP"
is "$(asked 'RETR .*')" 0 "and not by RETR"

forget_transcript
haul list -l home last
is "$(asked 'TOP 4 0')" 1 "the header of one message"
is "$(asked 'TOP .*')" 1 "is all that is asked for"

haul list --json home 1
is "$OUT" '{"account":"home","number":1,"size":337,"state":"seen","uid":"01-welcome"}' "as JSON"
haul list --json -l home 2
is "$(cat "$T/out")" '{"account":"home","number":2,"size":391,"state":"seen","uid":"02-lunch",'\
'"date":"Mon, 4 Aug 2025 12:03:01 +0200","from":"Grace <grace@example.org>",'\
'"subject":"Caf\u00e9 at one?"}' "as JSON with -l"

# ---- hostile headers, wide characters, and a narrow terminal

cat >"$DROP/05-evil.eml" <<'END'
From: =?utf-8?Q?=1B]0;owned=07Eve=9B2J?= <eve@example.org>
Subject: =?utf-8?Q?=1B[2Jcleared=C2=9B31m=E2=80=AE?=
 folded

x
END
cat >"$DROP/06-wide.eml" <<'END'
From: =?utf-8?B?5pel5pys6Kqe5pel5pys6Kqe5pel5pys6Kqe5pel5pys6Kqe?= <w@example.org>
Subject: =?utf-8?B?5pel5pys6Kqe5pel5pys6Kqe5pel5pys6Kqe5pel5pys6Kqe?=

x
END
printf 'no header\n' >"$DROP/07-none.eml"
LC_ALL=C.UTF-8 haul list -l home 5-end
exits 0 "strange ones: succeeds"
refuse "no control character comes out" grep -q -a "$(printf '\033\|\007\|\302\233\|\342\200\256')" "$T/out"
like "$OUT" "033\[2Jcleared.* folded" "they are visible"
is "$(wc -l <"$T/out" | tr -d ' ')" 3 "a line each"
haul list -l --json home 5-end
check "JSON is JSON" "$PYTHON" -c 'import json, sys
for line in open(sys.argv[1]): json.loads(line)' "$T/out"
refuse "and ASCII" grep -q '[^ -~]' "$T/out"

# widths: the columns of the widest line on the screen.
widths()
{
	"$PYTHON" -c 'import sys, unicodedata
print(max(sum(2 if unicodedata.east_asian_width(c) == "W" else 1 for c in line.rstrip("\r\n"))
	for line in open(sys.argv[1], encoding="utf-8", newline="\n")))' "$T/out"
}
for columns in 80 60 47; do
	LC_ALL=C.UTF-8 haul_on_terminal "$columns" "" list -l home
	exits 0 "at $columns columns: succeeds"
	check "at $columns columns: no line is wider ($(widths))" test "$(widths)" -le "$columns"
done
check "the last one fills its line ($(widths))" test "$(widths)" -ge 46
LC_ALL=C.UTF-8 haul_on_terminal 200 "" list -l home 1,6
is "$(cat "$T/out")" "    1  337B seen    4 Aug 2025 11:12  Ada                  Welcome aboard
    6  160B new                       日本語日本語日本語日 日本語日本語日本語日本語" \
	"wide characters count twice, and a name is cut to its column"
LC_ALL=C.UTF-8 haul list -l home 6
is "$(grep -c '日本語日本語日本語日本語 <' "$T/out")" 0 "the name alone is shown"
is "$(grep -o '日' "$T/out" | wc -l | tr -d ' ')" 8 "and nothing is cut in a file"

server_now --err TOP:2=no
haul list -l home 1-3
exits 0 "a header that is not given out: goes on"
is "$(printf '%s\n' "$OUT" | sed -n 2p)" "    2  391B seen" "with its line empty"
server_now --without TOP
forget_journal
haul list -l home
exits 76 "no TOP: 76"
complains "no TOP: told" "TOP"
haul list home
exits 0 "without -l it needs none"
server_now --without UIDL
haul list home 1
exits 0 "no UIDs: succeeds"
is "$OUT" "    1        337 new" "and shows none"
server_now

rm "$DROP"/*.eml
haul list home
is "$RC$OUT$ERR" 0 "an empty mailbox: nothing"

if can_dovecot; then
	fresh_home
	maildrop sample
	start_dovecot maildir
	dovecot_mail "$DROP"
	home_config "port $DOVECOT_POP3S" "tls pop3s" "tls-ca \"$CERTS/ca.pem\"" "keep yes" "limit 3"
	haul
	LC_ALL=C.UTF-8 haul list -l home
	is "$(cut -c 1-5,12-19,39- "$T/out" | sed -n '2p;4p')" \
		"    2 seen   Grace                Café at one?
    4 new    Mail Delivery System Undelivered mail returned to sender" "Dovecot: list -l"
else
	skip "Dovecot: $WHY"
fi

finish
