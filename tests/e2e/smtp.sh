#!/bin/sh
# The smtp target, against a scripted server: the dialogue, refusals, malformed replies, and
# connections that end where they should not.
. "$(dirname "$0")/lib.sh"

# onward MAILS TO [LINE...]: a fresh home and maildrop; the account's target is the scripted server
# for these recipients. Lines go into the relay's section; one that begins with "account:" goes into
# the account's.
onward()
{
	fresh_home
	# shellcheck disable=SC2086 # kind and arguments
	maildrop $1
	start_server "$DROP"
	_to=$2
	shift 2
	{
		printf 'relay mta\n    host 127.0.0.1\n    port %s\n    timeout %ss\n' "$SMTP_PORT" \
			"$((10 * SLOW))"
		for _line; do
			case $_line in
			account:*) ;;
			*) printf '    %s\n' "$_line" ;;
			esac
		done
		printf 'account home\n    host 127.0.0.1\n    port %s\n    tls off\n    user alice\n' \
			"$PORT"
		printf '    password secret\n    deliver smtp mta to %s\n' "$_to"
		for _line; do
			case $_line in
			account:*) printf '    %s\n' "${_line#account:}" ;;
			esac
		done
	} | config
}

# envelope N: what the server noted for its N-th message, in one line.
envelope()
{
	tr '\n' ' ' <"$SENT/$1.env" | sed 's/ $//'
}

# arrived TEXT: what the server has taken are the messages of the maildrop, each once, with CRLF
# line ends and a Received line on top.
arrived()
{
	check "$1" sent_equal
}

sent_equal()
{
	"$PYTHON" -c 'if True:
		import os, re, sys
		from collections import Counter
		sys.path.insert(0, sys.argv[1])
		import mboxtool
		def read(path):
			with open(path, "rb") as f:
				return f.read()
		def onward(text):
			text = mboxtool.lf_form(text)
			if text.startswith(b"From ") and b":" not in text.split(b"\n")[0].split(b" ")[1]:
				text = text.partition(b"\n")[2]
			text = re.sub(b"\r\n|\r|\n", b"\r\n", text)
			return text if not text or text.endswith(b"\r\n") else text + b"\r\n"
		want = Counter(onward(read(os.path.join(sys.argv[2], n)))
			for n in os.listdir(sys.argv[2]) if n.endswith(".eml"))
		have = Counter()
		for n in os.listdir(sys.argv[3]):
			if n.endswith(".eml"):
				text = read(os.path.join(sys.argv[3], n))
				match = re.match(b"Received: [^\r]*\r\n(\t[^\r]*\r\n)+", text)
				have[text[match.end():] if match else b"no Received line in " + n.encode()] += 1
		for t in (want - have): print("lacks", t[:200])
		for t in (have - want): print("has", t[:200])
		sys.exit(want != have)' "$E2E" "$MASTER" "$SENT"
}

# senders, recipients: of all that it has taken, each once.
senders()
{
	sed -n 's/^MAIL FROM:\(<[^>]*>\).*/\1/p' "$SENT"/*.env | LC_ALL=C sort -u | tr '\n' ' ' | sed 's/ $//'
}

recipients()
{
	sed -n 's/^RCPT TO:\(<[^>]*>\).*/\1/p' "$SENT"/*.env | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//'
}

forget_sent() { rm -f "$SENT"/*; smtp_now; }

# counted VERB: how many of these commands the server has had.
counted() { if [ "$1" = BODY ]; then grep -c '^DATA' "$SMTP_TRANSCRIPT"; else grep -c "^$1 " "$SMTP_TRANSCRIPT"; fi; }

# mail_with HEADER NAME [BODY]: one more message in the maildrop.
mail_with()
{
	printf '%s\nFrom: ada@example.org\nSubject: %s\n\n%b\n' "$1" "$2" "${3-body}" >"$DROP/$2.eml"
	cp "$DROP/$2.eml" "$MASTER"
}

# ---- how it goes

start_smtp
onward corners "bob@example.org carol@example.org"
haul
exits 0 "messages to a server"
quiet "in silence"
arrived "each one line for line"
is "$(told '# .* bare')" 0 "with CRLF line ends, whatever they had"
is "$(on_server)" 0 "and deleted where they came from"
is "$(told '# [0-9]+ open')" 1 "over one connection"
is "$(told 'QUIT')" 1 "that is ended in order"
is "$(told 'RSET')" 0 "no RSET where nothing is to be reset"
stop_server
stop_smtp

# with latency, a flight's commands arrive before the first of them is answered
for features in "PIPELINING SIZE" "SIZE 8BITMIME"; do
	# shellcheck disable=SC2046,SC2086 # a list
	start_smtp --latency 0.01 $(printf -- '--feature %s ' $features)
	onward 'plain 20' "bob@example.org"
	haul
	exits 0 "20 messages to a server with $features"
	most=2
	[ "$features" = "PIPELINING SIZE" ] || most=4
	flights=$(sed -n 's/.* close flights=//p' "$SMTP_TRANSCRIPT")
	check "at most $most flights a message ($flights)" test "$flights" -le $((most * 20 + 3))
	is "$(told '# .* pipelined .*')" 0 "none in one flight if it does not say that it can"
	stop_server
	stop_smtp
done
start_smtp

# ---- the envelope

onward sample bob@example.org
haul
exits 0 "the envelope"
is "$(senders)" "<> <ada@example.org> <grace@example.org> <list-bounces@example.com>" \
	"has the senders of the messages, and none for a bounce"
stop_server
forget_sent

onward sample bob@example.org "account:smtp-from relay@example.org"
haul
is "$(senders)" "<> <relay@example.org>" "smtp-from is the sender of all but bounces"
stop_server
forget_sent

onward sample "header X-Original-To strip alice- in example.org Example.NET"
mail_with "X-Original-To: alice-bob@example.net, eve@elsewhere.example
X-Original-To: mallory@example.org" to-bob
mail_with "X-Original-To: <eve@elsewhere.example>" to-eve
haul
exits 65 "recipients by a header field: none of ours"
is "$(recipients)" "<bob@example.net>" "none but those in the domains, of the first field"
is "$(on_server)" 5 "and what has none stays"
stop_server
forget_sent

# ---- recipients one by one

for code in 550 450; do
	onward 'plain 1' "bob@example.org carol@example.org dave@example.org"
	smtp_now --reply "RCPT<carol@example.org>=$code 5.1.1 no such user"
	haul
	status=65
	[ "$code" = 550 ] || status=75
	exits "$status" "one recipient answered $code"
	complains "is told by the server's words" "RCPT <carol@example.org>: $code .*no such user"
	is "$(recipients)" "<bob@example.org> <dave@example.org>" "the others get it"
	is "$(on_server)" 1 "it stays where it came from"
	smtp_now
	forget_sent
	forget_pauses
	haul
	exits 0 "the next run"
	is "$(recipients)" "<carol@example.org>" "serves only who lacks it"
	is "$(on_server)" 0 "and it is done"
	stop_server
	forget_sent
done

onward 'plain 1' "bob@example.org carol@example.org" "account:refused drop"
smtp_now --reply "RCPT<carol@example.org>=550 no"
haul
exits 0 "refused drop"
is "$(recipients) $(on_server)" "<bob@example.org> 0" "the others get it, and it is done"
stop_server
forget_sent

onward 'plain 1' "bob@example.org carol@example.org" "account:refused mbox \"$T/refused\""
smtp_now --reply "RCPT<carol@example.org>=550 no"
haul
exits 0 "refused mbox"
is "$(count_mail "$T/refused") $(on_server)" "1 0" "it goes there"
stop_server
forget_sent

onward 'plain 1' "bob@example.org carol@example.org dave@example.org"
smtp_now --reply "RCPT:$(($(counted RCPT) + 3))=452 4.5.3 too many recipients"
haul
exits 0 "a server that takes two recipients at once"
is "$(sent) $(recipients)" "2 <bob@example.org> <carol@example.org> <dave@example.org>" \
	"gets the third in another transaction"
stop_server
forget_sent

onward 'plain 1' "$(seq -s ' ' -f 'r%g@example.org' 250)"
haul
exits 0 "250 recipients"
is "$(sent) $(recipients | wc -w | tr -d ' ')" "3 250" "make three transactions"
stop_server
forget_sent

# ---- a no to all

while read -r key reply status; do
	onward sample bob@example.org
	smtp_now --reply "$key=$reply no thanks"
	haul
	exits "$status" "$key answered $reply"
	is "$(sent)" 0 "nothing is sent"
	is "$(on_server)" 4 "and nothing lost"
	smtp_now
	forget_pauses
	haul
	exits 0 "and the next run"
	arrived "sends each once"
	stop_server
	forget_sent
done <<'END'
GREETING 554 75
GREETING 421 75
EHLO 421 75
MAIL 550 65
MAIL 450 75
MAIL 421 75
MAIL 530 77
RCPT 550 65
RCPT 450 75
RCPT 421 75
DATA 554 65
DATA 451 75
DATA 421 75
BODY 552 65
BODY 451 75
BODY 421 75
END

for features in "PIPELINING SIZE 8BITMIME" "8BITMIME"; do
	onward sample bob@example.org
	smtp_now --reply "EHLO=250-smtp.test\r\n250-$(echo "$features" | sed 's/ /\\r\\n250-/g')\r\n250 X" \
		--reply "RCPT:$(($(counted RCPT) + 1))=550 no thanks"
	before=$(told RSET)
	haul
	exits 65 "one message refused, to a server with $features"
	is "$(sent) $(on_server)" "3 1" "leaves the way clear for the next"
	is "$(($(told RSET) - before))" 1 "by RSET"
	stop_server
	forget_sent
done

fresh_home
maildrop plain 1
start_server "$DROP"
config <<END
relay mta
    host 127.0.0.1
    port $SMTP_PORT
account home
    host 127.0.0.1
    port $PORT
    tls off
    user alice
    password secret
    deliver mbox "$INBOX"
END
haul --to smtp:mta:bob@example.org,carol@example.org
exits 0 "--to smtp:RELAY:ADDR"
is "$(sent) $(recipients)" "1 <bob@example.org> <carol@example.org>" "goes there"
check "and not elsewhere" test ! -e "$INBOX"
is "$(sed -n 's/^Received: from \(.*\).$/\1/p' "$SENT"/*.eml)" "[127.0.0.1]" \
	"the Received line says where from"
haul --to smtp:mat:bob@example.org
exits 64 "a relay that there is not"
stop_server
forget_sent

# ---- nonsense

for reply in 'hello' '25' '250' '100 wait' '666 no' '250_ok' '250-one\r\n251 two' '354 what?'; do
	onward 'plain 1' bob@example.org
	smtp_now --reply "MAIL=$reply"
	haul
	case $reply in
	250)
		exits 0 "a reply without words is one"
		;;
	*)
		exits 76 "$reply is no reply to MAIL"
		is "$(sent) $(on_server)" "0 1" "nothing is sent, nothing lost"
		;;
	esac
	stop_server
	forget_sent
done

onward 'plain 1' bob@example.org
smtp_now --reply "EHLO=$(awk 'BEGIN { for (i = 0; i < 1100; i++) printf "250-X%d\\r\\n", i; print "250 end" }')"
haul
exits 76 "a reply without end"
smtp_now --reply "GREETING=220-hello\r\n220-there\r\n220 world" --trickle
haul
exits 0 "a greeting of several lines, byte by byte"
arrived "is a greeting"
stop_server
forget_sent

onward 'plain 1' bob@example.org
smtp_now --reply 'RCPT=550 \x1b[2J\x1b[31mred\x07'
haul
exits 65 "a refusal that wants to act on the terminal"
complains "is shown, and does not" 'RCPT <bob@example.org>: 550 .*red'
stop_server
forget_sent

# ---- connections that end

for key in GREETING EHLO MAIL RCPT DATA; do
	onward 'plain 1' bob@example.org
	smtp_now --drop "$key"
	haul
	exits 75 "the connection ends instead of a reply to $key"
	is "$(sent) $(on_server)" "0 1" "nothing is sent, nothing lost"
	smtp_now
	haul
	exits 0 "and the next run"
	arrived "sends it once"
	stop_server
	forget_sent
done

onward 'plain 1' bob@example.org
smtp_now --drop BODY
haul
exits 75 "the connection ends between the message and the reply"
check "which is warned of" grep -q "may arrive twice" "$T/err"
is "$(on_server)" 1 "nothing is lost"
smtp_now
haul
exits 0 "and the next run"
is "$(on_server)" 0 "sends it once more"
stop_server
forget_sent

onward sample bob@example.org
smtp_now --drop "MAIL:$(($(counted MAIL) + 5))" --reply "RCPT:$(($(counted RCPT) + 2))=421 4.3.2 enough"
haul
exits 0 "connections that end between messages"
arrived "cost none of them"
stop_server
forget_sent

onward sample bob@example.org
makemail big "$DROP/02-big.eml" 3000000
cp "$DROP/02-big.eml" "$MASTER"
smtp_now --drop "MIDDLE:$(($(counted BODY) + 2))"
haul
exits 0 "a connection that ends in a message"
arrived "leaves no part of it"
stop_server
forget_sent

# ---- what the server lacks

onward 'plain 3' bob@example.org
smtp_now --reply "EHLO=502 what?"
haul
exits 0 "a server without EHLO"
arrived "is served with HELO"
is "$(told '# .* pipelined .*')" 0 "and nothing in one flight"
is "$(grep -ch 'SIZE=' "$SENT"/*.env | sort -u)" 0 "nor with extensions"
stop_server
forget_sent

onward 'plain 1' bob@example.org
smtp_now --reply "EHLO=250-smtp.test\r\n250-SIZE 50\r\n250 8BITMIME"
haul
exits 65 "a message larger than the server takes"
is "$(sent)" 0 "is not sent"
complains "which is said" "the server takes 50"
stop_server
forget_sent

onward 'plain 1' bob@example.org
mail_with "Subject: eight" eight "caf\303\251"
smtp_now --reply "EHLO=250-smtp.test\r\n250 SIZE"
haul
exits 65 "8-bit characters, and no 8BITMIME"
is "$(sent)" 1 "that one is not sent"
check "which is said" grep -q 8BITMIME "$T/err"
smtp_now
forget_pauses
haul
exits 0 "with 8BITMIME"
is "$(grep -l 'BODY=8BITMIME' "$SENT"/*.env | wc -l | tr -d ' ')" 1 "it is"
stop_server
forget_sent

onward 'plain 1' "b\303\266b@example.org"
sed -i "s/b.303.266b/$(printf 'b\303\266b')/" "$CONFIG"
smtp_now --reply "EHLO=250-smtp.test\r\n250 8BITMIME"
haul
exits 65 "an address beyond ASCII, and no SMTPUTF8"
smtp_now
forget_pauses
haul
exits 0 "with SMTPUTF8"
is "$(grep -l SMTPUTF8 "$SENT"/*.env | wc -l | tr -d ' ')" 1 "it is used"
stop_server
forget_sent

# ---- circles, and lines that are no part of the message

onward 'plain 0' bob@example.org
mail_with "$(yes 'Received: from a by b; Sat, 21 Nov 2026 18:24:00 +0000' | head -n 51)" circle
mail_with "$(yes 'Received: from a by b; Sat, 21 Nov 2026 18:24:00 +0000' | head -n 50)" long-way
haul
exits 65 "a message that goes round in circles"
complains "is refused" "more than 50 Received"
is "$(sent)" 1 "one that came a long way is not"
stop_server
forget_sent

# ---- beside an mbox, and a relay that is down for a run

onward sample bob@example.org "account:deliver mbox \"$T/beside\""
stop_smtp
haul
exits 75 "an mbox and a relay that is down"
is "$(count_mail "$T/beside")" 4 "the mbox has all at once"
is "$(on_server)" 4 "they stay where they came from"
start_smtp
sed -i "1,/account/s/^    port .*/    port $SMTP_PORT/" "$CONFIG"
haul
exits 0 "the next run"
arrived "reaches the relay"
is "$(count_mail "$T/beside") $(on_server)" "4 0" "and doubles nothing in the mbox"
stop_server
stop_smtp

finish
