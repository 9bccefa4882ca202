#!/bin/sh
# Servers, and people on the way, that are after the password: each gets none of it, and a refusal.
# Over TLS and in the clear alike, as neither the server nor the way to it may be what it seems.
. "$(dirname "$0")/lib.sh"

make_certs || skip_all "openssl makes no certificates here"

# A password of which every part would show.
PASSWORD=Zx8-quite-Secret-9Yw

# serve OPTIONS...: a server in the clear, or with TLS if $way says so.
serve()
{
	[ -z "${SERVER-}" ] || stop_server
	fresh_home
	maildrop sample
	[ "$way" = clear ] || set -- --tls --cert "$CERTS/good.pem" --key "$CERTS/good.key" "$@"
	start_server "$DROP" --password "$PASSWORD" "$@"
}

account()
{
	[ "$way" = clear ] || set -- "host localhost" "tls pop3s" "tls-ca \"$CERTS/ca.pem\"" "$@"
	home_config "keep yes" "password $PASSWORD" "$@"
}

# password_shows: whether what was sent is the password or a part of it, as it is or in base64,
# whatever stands before it.
password_shows()
{
	"$PYTHON" - "$TRANSCRIPT" "$PASSWORD" <<'END'
import base64, re, sys
sent = open(sys.argv[1], "rb").read()
password = sys.argv[2].encode()
seen = [sent]
for word in re.findall(rb"[A-Za-z0-9+/]{4,}={0,2}", sent):
    for cut in range(4):
        part = word[cut:].rstrip(b"=")
        part = part[:len(part) - (len(part) % 4 == 1)]
        seen.append(base64.b64decode(part + b"=" * (-len(part) % 4)))
parts = [password[i:i + 6] for i in range(len(password) - 5)]
sys.exit(not any(part in text for text in seen for part in parts))
END
}

# refused TEXT STATUS WORDS: the last haul ended so, brought nothing and gave nothing away.
refused()
{
	exits "$2" "$1: refused"
	complains "$1: told" "$3"
	refuse "$1: no part of the password was sent" password_shows
	is "$(count_mail)" 0 "$1: brought nothing"
}

# That password_shows sees it where it is.
for way in clear tls; do
	for mech in plain login; do
		serve --sasl "$(echo "$mech" | tr a-z A-Z)"
		account "auth $mech"
		haul
		exits 0 "$way, $mech: a login"
		check "$way, $mech: shows the password" password_shows
	done
done

for way in clear tls; do
	# ---- a weaker mechanism than the one that is asked for
	for offer in "--sasl PLAIN --sasl LOGIN" "--capa USER --capa UIDL --capa PIPELINING" \
		"--without CAPA" "--capa USER --capa SASL"; do
		what="$way, scram-sha-256 from a server with $offer"
		# shellcheck disable=SC2086 # several options
		serve $offer
		account "auth scram-sha-256"
		haul
		refused "$what" 77 "does not offer SCRAM-SHA-256|SCRAM-SHA-256 was refused"
	done
	serve --sasl PLAIN --sasl SCRAM-SHA-256 --err "AUTH:SCRAM-SHA-256=unknown mechanism"
	account "auth auto"
	haul
	refused "$way, auto, SCRAM is offered and then refused" 77 "SCRAM-SHA-256 was refused"
	is "$(asked '(AUTH PLAIN|USER|PASS).*')" 0 "$way: nothing weaker is tried"

	# ---- SCRAM servers that do not know the password, or want to find it out
	for fault in "ITERATIONS=4095 iterations" "ITERATIONS=1 iterations" "ITERATIONS=0 iterations" \
		"ITERATIONS=-5 iterations" "ITERATIONS=100000000 iterations" \
		"NONCE=CLIENT nonce" "NONCE=CLIENTabc nonce" "NONCE=abcdefghijklmnopqrstuvwxyz nonce" \
		"SIGNATURE=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= impostor" \
		"SIGNATURE= impostor" "SIGNATURE=!!! impostor" \
		"EARLY=1 before.it.was.over" "EARLY=2 before.it.was.over"; do
		for mech in scram-sha-256 scram-sha-1; do
			what="$way, $mech, ${fault% *}"
			serve --sasl SCRAM-SHA-256 --sasl SCRAM-SHA-1 --scram "${fault% *}"
			account "auth $mech"
			haul
			refused "$what" 77 "${fault##* }"
			case $fault in
			EARLY*) ;;
			*) like "$(transcript)" "^# 1 cancelled" "$what: the login was cancelled" ;;
			esac
			is "$(asked 'STAT|UIDL|LIST|RETR.*')" 0 "$what: and nothing asked for"
		done
	done

	# ---- success before it is due, and challenges that are none
	for mech in plain login cram-md5 scram-sha-256; do
		upper=$(echo "$mech" | tr a-z A-Z)
		# a server that lists nothing gets nothing before it has said something
		for reply in "+OK welcome" "+OK"; do
			what="$way, $mech, \"$reply\" for a challenge"
			serve --hidden-sasl "$upper" --say "AUTH=$reply"
			account "auth $mech"
			haul
			refused "$what" 77 "before it was over"
		done
		[ "$mech" != plain ] || continue # what its challenge says is of no interest
		for challenge in '+ !!!!' '+ Zm9v=' '+ Zm9 v' '+ Zm9v\x00Zm9v' '+ \xff\xff\xff\xff'; do
			what="$way, $mech, challenge $challenge"
			serve --sasl "$upper" --challenge "$challenge"
			account "auth $mech"
			haul
			refused "$what" 76 "no base64"
			like "$(transcript)" "^# 1 cancelled" "$what: the login was cancelled"
		done
		long=$(head -c 8000 /dev/zero | tr '\000' A)
		what="$way, $mech, a challenge of 8,000 octets"
		serve --sasl "$upper" --challenge "+ $long"
		account "auth $mech"
		haul
		refused "$what" 76 "too long"
		what="$way, $mech, a challenge of 100,000 octets"
		serve --sasl "$upper" --endless-status AUTH
		account "auth $mech"
		haul
		refused "$what" 76 "too long|without end"
	done
	what="$way, scram-sha-256, a challenge that is base64 and nonsense"
	serve --sasl SCRAM-SHA-256 --challenge "+ aGVsbG8="
	account "auth scram-sha-256"
	haul
	refused "$what" 76 "no SCRAM"

	# ---- timestamps for APOP that are none (see also apop.sh)
	for stamp in '<>' '<no-at-sign>' '<a b@c>' '<@b>' '<a@b\x01c>' '<a\x80b@c>'; do
		serve --apop --apop-stamp "$stamp"
		account "auth apop"
		haul
		refused "$way, APOP with $stamp" 77 "APOP"
		is "$(asked '(APOP|AUTH|USER|PASS).*')" 0 "$way, APOP with $stamp: nothing is sent"
	done

	# ---- what must not be sent
	serve --sasl PLAIN
	account "auth plain"
	printf 'two\001words\n' >"$HOME/password"
	chmod 600 "$HOME/password"
	sed -i "s|password .*|password-file $HOME/password|" "$CONFIG"
	haul
	exits 78 "$way: a control character in a password"
	complains "$way: is told" "control character"
	is "$(asked 'AUTH.*')" 0 "$way: and nothing is sent"
	serve --sasl XOAUTH2
	account "auth xoauth2"
	printf 'two words\n' >"$HOME/password"
	chmod 600 "$HOME/password"
	sed -i "s|password .*|password-file $HOME/password|" "$CONFIG"
	haul
	exits 78 "$way: a blank in a token"
	complains "$way: is told" "token"
	is "$(asked 'AUTH.*')" 0 "$way: and nothing is sent"
done

# ---- channel binding

way=tls
serve --sasl SCRAM-SHA-256 --sasl SCRAM-SHA-256-PLUS
account "auth scram-sha-256"
haul
exits 0 "a server that binds"
is "$(asked 'AUTH SCRAM-SHA-256-PLUS .*')" 2 "is tried by one type of binding after the other"
serve --sasl SCRAM-SHA-256-PLUS --err "AUTH=[IN-USE] later"
account "auth scram-sha-256"
haul
exits 75 "a server that is busy"
is "$(asked 'AUTH SCRAM-SHA-256-PLUS .*')" 1 "is not asked for another type"
serve --sasl SCRAM-SHA-256-PLUS --scram BINDING=none
account "auth scram-sha-256"
haul
refused "a server that knows no binding of ours" 77 "unsupported-channel-binding-type"
is "$(asked 'AUTH SCRAM-SHA-256 .*')" 0 "gets no login without it"

# A list that was shortened on the way: the server sees by our "y" that somebody took -PLUS off.
serve --sasl SCRAM-SHA-256 --sasl SCRAM-SHA-256-PLUS
server_now --capa UIDL --capa "SASL SCRAM-SHA-256"
account "auth auto"
haul
refused "a list without -PLUS, from a server that has it" 77 "server-does-support-channel-binding"

# ---- over a network that others can read, without TLS

# own_address: one of this machine's that is not the loopback's.
own_address()
{
	"$PYTHON" -c 'if True:
		import socket
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.connect(("192.0.2.1", 9))
		address = s.getsockname()[0]
		if not address.startswith("127."):
			print(address)' 2>/dev/null
}

ADDRESS=$(own_address)
way=clear
if [ -z "$ADDRESS" ]; then
	skip "what goes over a network: this machine has no address but the loopback's"
else
	for mech in xoauth2 oauthbearer; do
		serve --sasl XOAUTH2 --sasl OAUTHBEARER --listen "$ADDRESS"
		account "auth $mech" "host $ADDRESS"
		haul
		refused "$mech over a network without TLS" 77 "token.*without TLS"
	done
	serve --sasl PLAIN --listen "$ADDRESS"
	account "auth auto" "host $ADDRESS"
	haul
	exits 0 "auto over a network, with tls off: that is consent"
	like "$ERR" "password goes over the network unencrypted" "with a warning"
	serve --sasl PLAIN --sasl SCRAM-SHA-256 --listen "$ADDRESS"
	account "auth auto" "host $ADDRESS"
	haul
	exits 0 "the same with SCRAM"
	quiet "without a warning"
	refuse "and the password did not go" password_shows
	rm -f "$INBOX"
	server_now --lose-sasl SCRAM-SHA-256
	haul
	refused "a server that offered SCRAM the last time" 77 "offered SCRAM the last time"
	server_now --lose-sasl SCRAM-SHA-256 --greeting "+OK somebody else"
	haul
	refused "the same with another greeting" 77 "offered SCRAM the last time"
	account "auth user" "host $ADDRESS"
	haul
	exits 0 "unless the config insists"
	account "auth auto" "host $ADDRESS"
	haul
	exits 0 "which settles it"
fi

# ---- tokens and certificates without TLS; 127.0.0.1 is this machine, and may have a token

way=clear
serve --sasl XOAUTH2 --token "$PASSWORD"
account "auth xoauth2"
haul
exits 0 "a token for a server on this machine"
serve --sasl EXTERNAL
account "auth external"
sed -i '/password/d' "$CONFIG"
haul
exits 77 "external without TLS"
complains "is told" "needs TLS"
is "$(asked 'AUTH.*')" 0 "and not tried"

finish
