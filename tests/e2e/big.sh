#!/bin/sh
# Large messages and many of them, in bounded memory and without litter.
. "$(dirname "$0")/lib.sh"

fresh_home
maildrop plain 2
size=20000000
[ "$SLOW" -eq 1 ] || size=3000000
makemail big "$DROP/000001-zbig.eml" "$size"
cp "$DROP/000001-zbig.eml" "$MASTER"
start_server "$DROP"
home_config
if [ "$SLOW" -eq 1 ]; then measured_haul; else haul; fi
exits 0 "a message of $size bytes is fetched"
quiet "in silence"
delivered "and delivered byte for byte" --ordered
is "$(on_server)" 0 "and deleted"
peak_below 12288 "in bounded memory"
is "$(find "$HOME/.local" -type f -size +100k)" "" "and no temporary file stays"
stop_server

# One line of several megabytes, and LIST says that it is short.
fresh_home
DROP=$T/drop$homes MASTER=$T/master$homes
mkdir "$DROP"
{
	printf 'Subject: one line\n\n'
	head -c 5000000 /dev/zero | tr '\0' l
	echo
} >"$DROP/1.eml"
cp -R "$DROP" "$MASTER"
start_server "$DROP" --size ALL=100
home_config
if [ "$SLOW" -eq 1 ]; then measured_haul; else haul; fi
exits 0 "a line of 5 MB is fetched"
delivered "and delivered byte for byte"
peak_below 12288 "a line of 5 MB: in bounded memory"
stop_server

fresh_home
mkdir "$T/none"
count=3000
[ "$SLOW" -eq 1 ] || count=300
start_server "$T/none" --fake "$count"
home_config
if [ "$SLOW" -eq 1 ]; then measured_haul; else haul; fi
exits 0 "$count messages are fetched"
is "$(count_mail)" "$count" "and delivered"
check "each once" mboxtool unique "$INBOX"
check "in a well-formed mbox" mboxtool check "$INBOX"
peak_below 12288 "$count messages: in bounded memory"
haul
exits 0 "$count messages: a second run"
is "$(asked "RETR .*")" "$count" "asks for none again"

finish
