#!/bin/sh
# 100,000 messages kept on the server, their UIDs in no order, which costs most: one listing,
# little memory, and no change to the journal when there is nothing new.
. "$(dirname "$0")/lib.sh"

count=100000
[ "$SLOW" -eq 1 ] || count=10000
fresh_home
mkdir "$T/none"
start_server "$T/none" --fake "$count"
home_config "keep yes"
mkdir -p "$(dirname "$JOURNAL")"
{
	echo "haulmail journal 1"
	"$PYTHON" -c 'if True:
		import sys
		for i in range(1, int(sys.argv[1]) + 1):
			print("seen fake%08x 1754300000" % (i * 2654435761 % 2**32))' "$((count - 1))"
} >"$JOURNAL"
chmod 600 "$JOURNAL"

if [ "$SLOW" -eq 1 ]; then measured_haul; else haul; fi
exits 0 "$count kept, one of them new: fetched"
quiet "in silence"
is "$(count_mail)" 1 "the new one is delivered"
is "$(asked 'RETR .*')" 1 "it alone was asked for"
peak_below 24576 "$count kept: in bounded memory"

before=$(wc -c <"$JOURNAL") inode=$(stat -c %i "$JOURNAL")
forget_transcript
if [ "$SLOW" -eq 1 ]; then measured_haul; else haul; fi
exits 0 "$count kept, nothing new: succeeds"
is "$(asked 'RETR .*|TOP .*')" 0 "asks for no message"
is "$(asked 'UIDL.*')" 1 "asks for one listing"
check "the journal hardly grows" test $(($(wc -c <"$JOURNAL") - before)) -lt 500
is "$(stat -c %i "$JOURNAL")" "$inode" "and is not written anew"
peak_below 24576 "$count kept, nothing new: in bounded memory"

# The commands on single messages hold no more.
if [ "$SLOW" -eq 1 ]; then measured_haul mark home 1-end seen; else haul mark home 1-end seen; fi
is "$RC $OUT" "0 home: marked $count of $count messages as seen" "mark: all of them"
peak_below 24576 "mark: in bounded memory"
if [ "$SLOW" -eq 1 ]; then measured_haul check; else haul check; fi
is "$RC $OUT" "1 home: 0 new messages of $count" "check: none is new"
peak_below 24576 "check: in bounded memory"

finish
