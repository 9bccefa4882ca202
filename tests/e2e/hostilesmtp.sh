#!/bin/sh
# SMTP and LMTP servers that are after our time or memory, or talk nonsense: each is left within
# bounds, with a clear word; and an honest server afterwards gets what none has accepted, once.
. "$(dirname "$0")/lib.sh"

BUDGET=12288 # KiB, for whatever comes
PATIENCE=40  # seconds; with a timeout of one, all ends much earlier

fresh_home
maildrop plain 2
start_server "$DROP"
start_hostile

# reply_of STEP: what an honest server says; BODY is the end of a message.
reply_of()
{
	case $1 in
	GREETING) printf '220 hello' ;;
	?HLO) printf '250-hello\\r\\n250-PIPELINING\\r\\n250 8BITMIME' ;;
	DATA) printf '354 go on' ;;
	QUIT) printf '221 bye' ;;
	*) printf '250 ok' ;;
	esac
	printf '\\r\\n'
}

# up_to STEP [WORDS]: a session with an honest server, as a script, up to what it would say there;
# or all of it, with these words behind its first such reply.
up_to()
{
	_more=${2-}
	for _step in GREETING "$HELLO" MAIL RCPT DATA BODY MAIL RCPT DATA BODY QUIT; do
		case $_step in
		GREETING) ;;
		BODY) echo 'wait .' ;;
		*) echo "wait $_step" ;;
		esac
		if [ "$_step" = "${1-}" ]; then
			[ -n "$_more" ] || break
			printf 'send %s%s\n' "$(reply_of "$_step")" "$_more"
			set --
			continue
		fi
		printf 'send %s\n' "$(reply_of "$_step")"
	done
}

# onward PORT [LINE...]: the account's target is the server on that port; lines go into its relay.
onward()
{
	_port=$1
	shift
	{
		printf 'relay mta\n    host 127.0.0.1\n    port %s\n    timeout %ss\n' "$_port" "$SHORT"
		[ $# -eq 0 ] || printf '    %s\n' "$@"
		printf 'account home\n    host 127.0.0.1\n    port %s\n    tls off\n    user alice\n' \
			"$PORT"
		printf '    password secret\n    deliver %s mta to bob@example.org\n' "$KIND"
	} | config
}

# attack STATUS TEXT [LINE...]: one run with the script, with these lines in the relay, ends so; then
# one with an honest server.
attack()
{
	_status=$1 _text="$KIND, $2"
	shift 2
	fresh_home
	refill
	onward "$HOSTILE_PORT" "$@"
	timed_haul
	cp "$T/err" "$T/first.err"
	judge "$_status" '127\.0\.0\.1'
	_seen=$(grep -c '^seen ' "$JOURNAL")
	[ "$_seen" -eq $((2 - $(on_server))) ] || _bad="${_bad}$_seen accepted, $(on_server) left; "
	[ -z "$_bad" ] || last_run
	rm -f "$SENT"/*
	onward "$SMTP_PORT"
	forget_pauses
	haul
	[ "$RC" -eq 0 ] || _bad="${_bad}afterwards exit status $RC; "
	[ "$(sent)" -eq $((2 - _seen)) ] || _bad="${_bad}afterwards $_seen and $(sent) of 2; "
	[ "$(on_server)" -eq 0 ] || _bad="${_bad}afterwards $(on_server) left; "
	[ -z "$_bad" ] || last_run
	is "$_bad" "" "$_text"
}

# flood KIND: what stands in the place of a reply.
flood()
{
	case $1 in
	"a line without end") printf 'send 250 \nrepeat forever x\n' ;;
	"NULs without end") printf 'repeat forever \\x00\n' ;;
	"line ends without end") printf 'repeat forever \\r\\n\n' ;;
	"lines without end") printf 'repeat forever 250-X-%%d\\r\\n\n' ;;
	"agreement without end") printf 'repeat forever 250 ok\\r\\n\n' ;;
	"refusals without end") printf 'repeat forever 550 no\\r\\n\n' ;;
	"other times without end") printf 'repeat forever 450 not now\\r\\n\n' ;;
	"goodbyes without end") printf 'repeat forever 421 enough\\r\\n\n' ;;
	"challenges without end") printf 'repeat forever 334 \\r\\n\n' ;;
	esac
}

for KIND in smtp lmtp; do
	if [ "$KIND" = smtp ]; then
		HELLO=EHLO
		start_smtp
	else
		HELLO=LHLO
		stop_smtp
		start_smtp --lmtp
	fi
	up_to | script
	attack 0 "an honest dialogue"
	is "$_seen" 2 "$KIND, an honest dialogue: serves all"

	for step in GREETING "$HELLO" MAIL RCPT DATA BODY QUIT; do
		for kind in "a line without end" "NULs without end" "line ends without end" \
			"lines without end" "agreement without end" "refusals without end" \
			"other times without end" "goodbyes without end" "challenges without end"; do
			{ up_to "$step" && flood "$kind"; } | script
			case "$step: $kind" in
			QUIT:*) want=0 ;; # all is over
			*refusals* | *times* | *goodbyes*) want="65 75 76" ;;
			BODY:\ agree* | DATA:\ agree* | RCPT:\ agree* | MAIL:\ agree*) want="0 75 76" ;;
			*) want="75 76" ;;
			esac
			attack "$want" "$step: $kind"
		done
		{ up_to "$step" && printf 'drip %s 250 one byte after the other\\r\\n\n' "$HALF"; } | script
		case $step in QUIT) want=0 ;; *) want=75 ;; esac
		attack "$want" "$step: half a second for each byte"
		{ up_to "$step" && printf 'send 25\nreset\n'; } | script
		attack "$want" "$step: half a code and a reset"
	done

	# A login that is granted before it is asked for, with a password behind it.
	{
		up_to "$HELLO"
		printf 'send 250-hello\\r\\n250 AUTH PLAIN\\r\\n235 welcome\\r\\n\nwait QUIT\n'
	} | script
	attack 76 "a login that nobody has asked for" "user alice" "password secret"
	is "$(grep -c '^AUTH' "$HOSTILE_TRANSCRIPT")" 0 "$KIND: it gets no password"

	# A reply too many: all behind it would be answers to something else, and the last of them
	# would count a message as accepted that the server has yet to judge. Behind the first message
	# a session of its own brings the second one.
	for step in GREETING "$HELLO" MAIL RCPT DATA BODY QUIT; do
		up_to "$step" '250 ok\r\n' | script
		case $step in BODY | QUIT) want=0 ;; *) want=76 ;; esac
		attack "$want" "$step: a reply too many"
		case $step in BODY | QUIT) want=2 ;; *) want=0 ;; esac
		is "$_seen" "$want" "$KIND, $step: a reply too many: nothing behind it counts"
	done

	# But it may say beforehand that it has had enough.
	up_to BODY '421 good night\r\n' | script
	attack 0 "an early goodbye"
	is "$_seen" 2 "$KIND, an early goodbye: brings the second one by a session of its own"
	up_to DATA '552 too long\r\n' | script
	attack "65 75" "an early no"
	is "$_seen" 0 "$KIND, an early no: is one"

	[ "$KIND" = smtp ] || continue

	# It may even say so twice. What it says behind that is about no other message.
	{
		printf 'send 220 hello\\r\\n\n'
		for step in EHLO MAIL RCPT; do
			printf 'wait %s\nsend 250 ok\\r\\n\n' "$step"
		done
		printf 'wait DATA\nsend 354 go on\\r\\n552 too long\\r\\n\n'
		printf 'wait .\nsend 552 too long\\r\\n\nwait QUIT\n'
	} | script
	attack 65 "an early no, twice"
	is "$(grep -c 'MAIL: 552' "$T/first.err")" 0 "an early no, twice: it is about one message"

	# Codes that are none, and codes that have no place there.
	for step in GREETING EHLO MAIL RCPT DATA BODY; do
		for code in 000 099 100 199 300 399 600 999 25 2500 -50 2x0 '2 50' '' '\x00\x00\x00' \
			'\xff50'; do
			{ up_to "$step" && printf 'send %s so\\r\\nreset\n' "$code"; } |
				sed 's/\\nreset$/\\n\nreset/' | script
			attack "65 75 76" "$step: the code \"$code\""
		done
	done
done

# A million lines that do end, and words that are too long to keep.
KIND=smtp HELLO=EHLO
stop_smtp
start_smtp
{ up_to EHLO && printf 'repeat 1000000 250-X-%%d\\r\\n\nsend 250 SIZE\\r\\n\nhang\n'; } | script
attack 76 "EHLO: a million features"
{
	up_to EHLO
	printf 'send 250-hello\\r\\n\nrepeat 900 250-X-%s\\r\\n\nsend 250 SIZE\\r\\n\n' \
		"$(head -c 8000 /dev/zero | tr '\0' f)"
	printf 'wait MAIL\nsend 250 ok\\r\\n\nwait RCPT\nsend 550 %s\\r\\n\nwait QUIT\n' \
		"$(head -c 8000 /dev/zero | tr '\0' n)"
} | script
attack "65 75" "EHLO: 900 features of 8 KB"
for size in 0 1 18446744073709551615 18446744073709551616 -1 99999999999999999999999 x ""; do
	{
		up_to EHLO
		printf 'send 250-hello\\r\\n250 SIZE %s\\r\\n\nwait MAIL\nsend 450 no\\r\\n\nreset\n' "$size"
	} | script
	attack "65 75" "EHLO: SIZE $size"
done

# Logins.
for mech in PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256; do
	for reply in 'repeat forever 334 \r\n' 'repeat forever 334-\r\n' 'send 235 welcome\r\n' \
		'send 334 !!!!\r\n' "drip $HALF 334 QUFBQUFBQUFBQUFB\\r\\n"; do
		{
			up_to EHLO
			printf 'send 250-hello\\r\\n250 AUTH %s\\r\\n\nwait AUTH\n%s\n' "$mech" "$reply"
			printf 'wait QUIT\n'
		} | script
		attack "75 76 77" "AUTH $mech: $reply" "user alice" "password secret"
	done
done

finish
