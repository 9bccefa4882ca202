#!/bin/sh
# POP3 servers that are after our time, our memory, our disk, or our mail: each is left within bounds,
# with a clear word, and an honest server afterwards brings each message exactly once.
. "$(dirname "$0")/lib.sh"

BUDGET=12288       # KiB, for whatever comes
LISTING_MOST=131072 # the same for a listing, which has as many lines as we count
PATIENCE=40        # seconds; with a timeout of one, all ends much earlier

fresh_home
maildrop plain 3
start_server "$DROP"
start_hostile

# lie STEP TEXT: what the server says there instead, until truth.
lie()
{
	printf '%s' "$2" >"$T/lie.$1"
}

truth()
{
	rm -f "$T"/lie.*
}

# reply_of STEP: what the server says: the truth about the maildrop, unless it lies.
reply_of()
{
	if [ -e "$T/lie.$1" ]; then
		cat "$T/lie.$1"
		return
	fi
	case $1 in
	GREETING) printf '+OK hello' ;;
	CAPA) printf '+OK\\r\\nUIDL\\r\\nUSER\\r\\nTOP\\r\\nPIPELINING\\r\\n.' ;;
	STAT) printf '+OK 3 450' ;;
	UIDL) printf '+OK\\r\\n1 000001-plain\\r\\n2 000002-plain\\r\\n3 000003-plain\\r\\n.' ;;
	LIST) printf '+OK\\r\\n1 150\\r\\n2 150\\r\\n3 150\\r\\n.' ;;
	RETR*) printf '+OK\\r\\n%s.' "$(sed 's/$/\\r\\n/' "$MASTER/00000${1#RETR }-plain.eml" |
		tr -d '\n')" ;;
	*) printf '+OK' ;;
	esac
	printf '\\r\\n'
}

STEPS='GREETING
CAPA
USER
PASS
STAT
UIDL
LIST
RETR 1
RETR 2
RETR 3
DELE 1
DELE 2
DELE 3
QUIT'

# up_to STEP: a session with an honest server, as a script, up to what it would say there; all of it
# without STEP.
up_to()
{
	printf '%s\n' "$STEPS" | while IFS= read -r _step; do
		[ "$_step" = GREETING ] || printf 'wait %s\n' "$_step"
		[ "$_step" != "${1-}" ] || break
		printf 'send %s\n' "$(reply_of "$_step")"
	done
}

# from STEP: the rest of it, behind that.
from()
{
	printf '%s\n' "$STEPS" | sed "1,/^$1\$/d" | while IFS= read -r _step; do
		printf 'wait %s\nsend %s\n' "$_step" "$(reply_of "$_step")"
	done
}

# after_all: what it has confirmed to have deleted is so.
after_all()
{
	for _i in 1 2 3; do
		grep -q "^gone 00000$_i-plain" "$JOURNAL" 2>/dev/null && rm "$DROP/00000$_i-plain.eml"
	done
	home_config "port $PORT"
	[ ! -e "$JOURNAL" ] || forget_pauses
}

# attack STATUS TEXT [LINE...]: one run against the script, with these lines in the account, ends so;
# then one with an honest server. BUDGET and PATIENCE bound the first.
attack()
{
	_status=$1 _text=$2
	shift 2
	fresh_home
	refill
	home_config "port $HOSTILE_PORT" "timeout ${SHORT}s" "$@"
	timed_haul
	judge "$_status" '127\.0\.0\.1|message [0-9]+: |temporary file'
	[ -z "$(find "$HOME/.local" -type f -size +64k)" ] || _bad="${_bad}large files; "
	mboxtool covered "$INBOX" "$MASTER" "$DROP" 2>"$T/why" || _bad="${_bad}$(cat "$T/why"); "
	_rc=$RC
	[ -z "$_bad" ] || last_run
	after_all
	haul
	[ "$RC" -eq 0 ] || _bad="${_bad}afterwards exit status $RC; "
	well_formed_and_equal 2>"$T/why" || _bad="${_bad}afterwards $(cat "$T/why"); "
	[ "$(on_server)" -eq 0 ] || _bad="${_bad}afterwards $(on_server) left; "
	[ -z "$_bad" ] || last_run
	is "$_bad" "" "$_text"
}

# ---- the tool itself

up_to | script
attack 0 "an honest dialogue"

# ---- each reply without an end, of every kind

# flood KIND: what stands in the place of a reply.
flood()
{
	case $1 in
	"a status line without end") printf 'send +OK \nrepeat forever x\n' ;;
	"NULs without end") printf 'repeat forever \\x00\n' ;;
	"line ends without end") printf 'repeat forever \\r\\n\n' ;;
	"refusals without end") printf 'repeat forever -ERR no\\r\\n\n' ;;
	"agreement without end") printf 'repeat forever +OK\\r\\n\n' ;;
	"lines without end") printf 'send +OK\\r\\n\nrepeat forever %%d x\\r\\n\n' ;;
	"lines of NULs without end") printf 'send +OK\\r\\n\nrepeat forever \\x00\\x00\\r\\n\n' ;;
	"a line without end") printf 'send +OK\\r\\n\nrepeat forever \\xff\n' ;;
	"a status line of 1 MB") printf 'send +OK \nrepeat 1000000 y\nsend \\r\\n\n' ;;
	*) printf 'send +OK\nhang\n' ;;
	esac
}

for step in GREETING CAPA PASS UIDL LIST "RETR 2" "DELE 2" QUIT; do
	for kind in "a status line without end" "NULs without end" "line ends without end" \
		"refusals without end" "agreement without end" "lines without end" \
		"lines of NULs without end" "a line without end" "a status line of 1 MB"; do
		BUDGET=12288
		case $step in UIDL | LIST) BUDGET=$LISTING_MOST ;; esac
		{ up_to "$step" && flood "$kind"; } | script
		case "$step: $kind" in
		"DELE 2: agreement"* | "QUIT: agreement"* | "QUIT: lines without"* | \
			"QUIT: lines of NULs"* | "QUIT: a line "*) want=0 ;; # what follows is not heard
		*refusals*) want="75 76 77" ;; # 76: when the first was an answer and the second was none
		*) want=76 ;;
		esac
		attack "$want" "$step: $kind"
	done
done
BUDGET=12288

up_to CAPA >"$T/part"
{ cat "$T/part"; printf 'send +OK\\r\\n\nrepeat 1000000 X-%%d\\r\\n\nsend .\\r\\n\n'; from CAPA; } | script
attack 76 "a million capabilities"

# ---- one byte after the other

for step in GREETING CAPA PASS STAT UIDL LIST "RETR 2" "DELE 2" QUIT; do
	{
		up_to "$step"
		case $step in
		UIDL | LIST | RETR*) printf 'send +OK\\r\\n\n' ;;
		esac
		printf 'drip %s %s%s\n' "$HALF" "$(reply_of "$step")" "$(reply_of UIDL)"
	} | script
	PATIENCE=$((SHORT * 3 + 8))
	attack 75 "$step: half a second for each byte"
done
PATIENCE=40

# ---- connections that break off

for step in CAPA PASS UIDL LIST "RETR 2" "DELE 2" QUIT; do
	for how in "" reset; do
		{ up_to "$step" && printf 'send +O\n%s\n' "$how"; } | script
		attack 75 "$step: half a status line${how:+ and a reset}"
	done
	case $step in
	UIDL | LIST | RETR*)
		{ up_to "$step" && printf 'send +OK\\r\\n1 2\\r\\n\nreset\n'; } | script
		attack 75 "$step: half a reply and a reset"
		;;
	esac
done

# ---- replies that nobody has asked for

up_to | sed '/^wait/d' | script
attack "0 75 76" "a whole session before the first command"
for step in GREETING CAPA PASS UIDL LIST "RETR 3" "DELE 1"; do
	for more in "+OK" "-ERR" "x" ""; do
		{
			up_to "$step"
			printf 'send %s%s\\r\\n\n' "$(reply_of "$step")" "$more"
			from "$step"
		} | script
		want="75 76"
		[ "$step" != "DELE 1" ] || want="0 75 76" # all has been delivered by then
		attack "$want" "$step: a line \"$more\" behind the reply"
	done
done
{ up_to QUIT && printf 'send +OK bye\\r\\n\nrepeat 10000000 +OK\\r\\n\n'; } | script
attack 0 "ten million replies behind the last"
up_to QUIT | script
attack 75 "an end instead of a reply to QUIT"

# ---- listings that lie

# listing STATUS TEXT [STEP REPLY]...: with those replies.
listing()
{
	_status=$1 _text=$2
	shift 2
	while [ $# -gt 0 ]; do
		lie "$1" "$2"
		shift 2
	done
	up_to | script
	truth
	attack "$_status" "$_text"
}

ok='+OK\r\n'
uids='1 000001-plain\r\n2 000002-plain\r\n3 000003-plain\r\n'
sizes='1 150\r\n2 150\r\n3 150\r\n'
end='.\r\n'
for stat in "0 0" "1 1" "4 450" "2147483648 1" "4294967295 4294967295" "4294967296 1" \
	"18446744073709551616 18446744073709551616" "-3 -450" "3" "" "three" "3 450 and more" \
	"3 9223372036854775807"; do
	listing 0 "STAT says \"$stat\"" STAT "+OK $stat\\r\\n"
done
for size in 0 1 9223372036854775807; do
	listing 0 "sizes of $size" LIST "${ok}1 $size\\r\\n2 $size\\r\\n3 $size\\r\\n$end"
done
for size in 9223372036854775808 18446744073709551615 18446744073709551616 -1 +1 0x10 1e9 1.5 nothing \
	99999999999999999999999999999999; do
	listing 76 "sizes of $size" LIST "${ok}1 $size\\r\\n2 $size\\r\\n3 $size\\r\\n$end"
done
listing 0 "a LIST with nothing in it" LIST "$ok$end"
listing 0 "a LIST in no order" LIST "${ok}3 150\\r\\n1 150\\r\\n2 150\\r\\n$end"
listing 0 "a LIST that says all twice" LIST "$ok$sizes$sizes$end"
listing 0 "a UIDL in no order" UIDL "${ok}2 000002-plain\\r\\n3 000003-plain\\r\\n1 000001-plain\\r\\n$end"
listing 76 "a UIDL that says all twice" UIDL "$ok$uids$uids$end"
listing 76 "a UIDL that contradicts itself" UIDL "$ok${uids}1 000002-plain\\r\\n$end"
for line in "0 zero" "-1 minus" "4 four" "4294967297 wrapped" "18446744073709551617 wrapped" \
	"99999999999999999999999 far" "1" "x y" '\x00 \x00' ' ' '1 \xe2\x80\xae\x9b' "3.5 half"; do
	case $line in
	"4 four") ;; # is asked for, and then who knows
	*) listing "0 76" "a UIDL line \"$line\"" UIDL "$ok$uids$line\\r\\n$end" ;;
	esac
	listing 76 "a LIST line \"$line\"" LIST "$ok$sizes$line\\r\\n$end"
done
listing 75 "a UID of 8,000 bytes" \
	UIDL "$ok${uids}4 $(head -c 8000 /dev/zero | tr '\0' u)\\r\\n$end"
{ up_to UIDL; printf 'send +OK\\r\\n1 \nrepeat 1000000 u\nsend \\r\\n.\\r\\n\n'; from UIDL; } | script
attack 76 "a UID of 1 MB"
listing 76 "messages in LIST alone" UIDL "$ok$end" LIST "$ok$sizes$end"
listing 0 "an empty mailbox with messages" STAT "$ok" UIDL "$ok$end" LIST "$ok$end"

# ---- listings that are large

BUDGET=$LISTING_MOST
{
	up_to UIDL
	printf 'send +OK\\r\\n\nrepeat 999000 %%d uid-%%d\\r\\n\nsend .\\r\\n\nwait LIST\n'
	printf 'send +OK\\r\\n\nrepeat 999000 %%d 100\\r\\n\nsend .\\r\\n\nwait RETR\nreset\n'
} | script
attack 75 "999,000 messages"
{
	up_to UIDL
	printf 'send +OK\\r\\n\nrepeat 500000 %%d same\\r\\n\nsend .\\r\\n\nwait LIST\n'
	printf 'send +OK\\r\\n\nrepeat 500000 %%d 100\\r\\n\nsend .\\r\\n\nwait RETR\nreset\n'
} | script
attack 75 "500,000 messages with one UID"
{
	up_to UIDL
	printf 'send +OK\\r\\n\nrepeat 20000 %%d %s%%d\\r\\n\n' "$(head -c 8000 /dev/zero | tr '\0' u)"
	printf 'send .\\r\\n\nwait LIST\nsend +OK\\r\\n.\\r\\n\nwait RETR\nreset\n'
} | script
attack 75 "20,000 UIDs of 8,000 bytes"
{
	up_to UIDL
	printf 'send +OK\\r\\n\nrepeat 20000 %%d %s%%d\\r\\n\n' \
		"$(head -c 1900 /dev/zero | tr '\0' u | sed 's/u/\\x9b/g')"
	printf 'send .\\r\\n\nwait LIST\nsend +OK\\r\\n.\\r\\n\nwait RETR\nreset\n'
} | script
attack 75 "20,000 UIDs that grow when they are written down"
BUDGET=12288

# ---- no message is given out

fresh_home
home_config "port $HOSTILE_PORT"
{
	up_to UIDL
	printf 'send +OK\\r\\n\nrepeat 100000 %%d u%%d\\r\\n\nsend .\\r\\n\nwait LIST\nsend +OK\\r\\n\n'
	printf 'repeat 100000 %%d 100\\r\\n\nsend .\\r\\n\nserve RETR -ERR %s\\r\\n\nwait QUIT\n' \
		"$(head -c 500 /dev/zero | tr '\0' n)"
	printf 'send +OK\\r\\n\n'
} | script
timed_haul
exits 75 "100,000 messages, none is given out"
complains "the first is told" "message 1: .*nnnnn"
peak_below 65536 "100,000 refusals: in bounded memory" # that of the notes about them
is "$(grep -c '^fail ' "$JOURNAL")" 100000 "each is noted"
sed -i '/^server /d' "$JOURNAL" # so that it asks for the same as before
timed_haul
exits 75 "the next run: no message is given out either"
peak_below 65536 "the next run: in bounded memory"

# ---- messages without an end, and larger than they are said to be

# bytes_sent: by the hostile server, in its last session.
bytes_sent()
{
	wait_for tail_is_sent
	sed -n 's/^# sent //p' "$HOSTILE_TRANSCRIPT" | tail -n 1
}

tail_is_sent()
{
	tail -n 1 "$HOSTILE_TRANSCRIPT" | grep -q '^# sent'
}

{ up_to "RETR 2" && printf 'send +OK\\r\\n\nrepeat forever 0123456789\\r\\n\n'; } | script
attack 76 "a message that does not end"
check "is read for 64 MiB and no more ($(bytes_sent))" test "$(bytes_sent)" -lt 90000000
like "$(cat "$T/transcript1")" "RETR 2" "and asked for again" # by the honest server it was given

# small_disk COMMAND...: with 10 MiB a file, as on a disk that is full then.
cat >"$T/small" <<'SMALL'
ulimit -f 20480 # blocks of 512 bytes
exec "$@"
SMALL
small_disk()
{
	_kept=${HAULMAIL_WRAPPER-}
	HAULMAIL_WRAPPER="sh $T/small $_kept"
	"$@"
	HAULMAIL_WRAPPER=$_kept
}

lie LIST "${ok}1 150\\r\\n2 4611686018427387904\\r\\n3 150\\r\\n$end"
{ up_to "RETR 2" && printf 'send +OK\\r\\n\nrepeat forever 0123456789\\r\\n\n'; } | script
truth
small_disk attack 75 "a message that does not end, and was said to be so large, and a full disk"

# larger TEXT ENDING [LINE...]: message 2 has 3 MB where LIST says 100 bytes.
larger()
{
	_text=$1
	shift
	fresh_home
	refill
	makemail big "$DROP/000002-plain.eml" 3000000
	server_now --size ALL=100
	home_config "$@"
	small_disk haul
	exits 0 "$_text: succeeds"
	server_now
}

for rule in "max-size 4K" "max-size 2M" "filter skip size > 4K" "filter delete size > 4K" \
	'filter skip size > 4K header "^Subject: big"' \
	'filter skip size > 4K not header "^X-Nothing"'; do
	larger "$rule" "$rule"
	complains "$rule: warned of" "127.0.0.1: message 2 is larger than LIST said"
	is "$(count_mail)" 2 "$rule: the others are delivered"
	is "$(cd "$DROP" && echo *)" "000002-plain.eml" "$rule: and it stays, undeleted"
	check "$rule: it is remembered" grep -q '^skip 000002-plain ' "$JOURNAL"
	forget_transcript
	haul
	quiet "$rule: the next run has nothing to say"
	is "$(asked 'RETR .*')" 0 "$rule: and does not ask for it"
	home_config
	haul
	is "$(on_server) $(count_mail)" "0 3" "$rule: without it the message comes"
done
for rule in "max-size 4M" "filter skip size < 50" 'filter accept header "^Subject: big"' \
	'filter skip size > 4K header "^X-Nothing"'; do
	larger "$rule" "$rule" "max-size 4M"
	is "$(on_server) $(count_mail)" "0 3" "$rule: is delivered"
done
larger "accepted by its header" 'filter accept header "^Subject: big"' "max-size 4K"
is "$(on_server) $(count_mail)" "0 3" "accepted by its header: is delivered"
for n in 100000 1200000; do
	larger "a rule on the header, and no TOP" "max-size 4K" 'filter skip header "^X-Nothing"'
	server_now --size ALL=100 --without TOP
	forget_journal
	refill
	makemail big "$DROP/000002-plain.eml" "$n"
	haul
	exits 0 "no TOP, $n bytes: succeeds"
	is "$(cd "$DROP" && echo *)" "000002-plain.eml" "no TOP, $n bytes: it stays"
	server_now
done

{ up_to "RETR 2" && printf 'send +OK\\r\\n\nrepeat forever 0123456789\\r\\n\n'; } | script
fresh_home
refill
home_config "port $HOSTILE_PORT" "max-size 1M"
small_disk haul # its disk would be full at 10 MiB
exits 76 "a message that does not end, and max-size"
like "$ERR" "message 2 is larger than LIST said" "is given up before the disk is full"
home_config "max-size 1M"
forget_transcript
haul
exits 0 "the next run"
is "$(asked 'RETR 2')" 0 "does not ask for it"
is "$(count_mail)" 2 "and brings the others"

# ---- sizes that add up to more than there is

fresh_home
refill
home_config
server_now --size ALL=9223372036854775807 --latency 0.1
TERM=xterm haul_on_terminal 80 ""
exits 0 "sizes of 2^63-1 at a terminal"
delivered "all is delivered"
refill
haul_on_terminal 80 "" list -l home
exits 0 "list -l"
haul list --json home
check "JSON" "$PYTHON" -c 'import json, sys
for line in open(sys.argv[1]): assert json.loads(line)["size"] == 2**63 - 1' "$T/out"
server_now

# ---- logins that do not end, servers without UIDs

for mech in plain login cram-md5 scram-sha-256; do
	upper=$(echo "$mech" | tr a-z A-Z)
	lie CAPA "${ok}UIDL\\r\\nSASL $upper\\r\\n$end"
	{ up_to USER | sed '$d' && printf 'wait AUTH\nrepeat forever + \\r\\n\n'; } | script
	truth
	attack "76 77" "$upper: challenges without end" "auth $mech"
	lie CAPA "${ok}UIDL\\r\\nSASL $upper\\r\\n$end"
	{ up_to USER | sed '$d' && printf 'wait AUTH\nsend + \nrepeat 1000000 A\nsend \\r\\n\n'; } | script
	truth
	attack "76 77" "$upper: a challenge of 1 MB" "auth $mech"
done
printf 'send +OK <%s@x>\\r\\n\nwait APOP\nsend -ERR no\\r\\n\n' \
	"$(head -c 8000 /dev/zero | tr '\0' x)" | script
attack "75 76 77" "APOP: a timestamp of 8,000 bytes" "auth apop"
for last in 0 4294967295 4294967296 99999999999999999999 -1 x ""; do
	lie CAPA "${ok}USER\\r\\nPIPELINING\\r\\n$end"
	{
		up_to UIDL
		printf 'send -ERR\\r\\n\nwait LIST\nsend +OK\\r\\n.\\r\\n\nwait LAST\nsend +OK %s\\r\\n\n' "$last"
		printf 'wait QUIT\nsend +OK\\r\\n\n'
	} | script
	truth
	attack 0 "LAST says \"$last\""
done

# ---- the same over TLS, and TLS itself

if command -v openssl >/dev/null && make_certs; then
	start_hostile --cert "$CERTS/good.pem" --key "$CERTS/good.key"
	tls="tls-ca \"$CERTS/ca.pem\""
	for kind in "a status line without end" "NULs without end" "refusals without end"; do
		{ echo tls && flood "$kind"; } | script
		attack "75 76" "TLS: $kind" "$tls" "tls pop3s"
	done
	{ echo tls && up_to UIDL && printf 'send +OK\\r\\n1 0\n'; } | script
	attack 75 "TLS: cut in a listing, without a close_notify" "$tls" "tls pop3s"
	{ echo tls && up_to "RETR 2" && printf 'send +OK\\r\\nSubject: x\n'; } | script
	attack 75 "TLS: cut in a message, without a close_notify" "$tls" "tls pop3s"
	{ echo tls && up_to "RETR 2" && printf 'send +OK\\r\\nSubject: x\nreset\n'; } | script
	attack 75 "TLS: a reset in a message" "$tls" "tls pop3s"
	{ echo tls && up_to UIDL && printf 'drip %s +OK\\r\\n1 0 2 0 3 0 4 0\n' "$HALF"; } | script
	attack 75 "TLS: half a second for each byte" "$tls" "tls pop3s"
	while read -r what bytes; do
		printf 'repeat forever %s\n' "$bytes" | script
		attack "75 77" "instead of a handshake: $what without end" "$tls" "tls pop3s"
	done <<-'FLOODS'
	requests_to_say_hello \x16\x03\x03\x00\x04\x00\x00\x00\x00
	warnings \x15\x03\x03\x00\x02\x01\x00
	changes_of_cipher \x14\x03\x03\x00\x01\x01
	empty_records \x16\x03\x03\x00\x00
	NULs \x00
	long_messages \x16\x03\x03\x00\x04\x02\xff\xff\xff
	FLOODS
	printf 'drip %s \\x16\\x03\\x03\\x10\\x00\\x02\\x00\\x00\\x00\\x00\n' "$HALF" | script
	attack 75 "a handshake: half a second for each byte" "$tls" "tls pop3s"
	for more in '+OK\r\n' '\x16\x03\x03\x00\x04\x00\x00\x00\x00'; do
		lie CAPA "${ok}STLS\\r\\nUIDL\\r\\n$end"
		{ up_to USER | sed '$d' && printf 'wait STLS\nsend +OK\\r\\n%s\n' "$more"; } | script
		truth
		attack 77 "STLS: more than the agreement ($more)" "$tls" "tls stls"
	done
else
	skip "no certificates could be made"
fi

finish
