#!/bin/sh
# haulmail info: what a server is and can do, with a real Dovecot and with the suite's own server;
# and that nothing secret is said to one that cannot be trusted.
. "$(dirname "$0")/lib.sh"

make_certs || skip_all "the test certificates could not be made"
ca="tls-ca \"$CERTS/ca.pem\""

# value LABEL: what the row with that label says.
value()
{
	printf '%s\n' "$OUT" | sed -n "s/^    $1  *//p" | head -n 1
}

# row LABEL PATTERN TEXT: that row, all of it, matches.
row()
{
	like "$(value "$1")" "^($2)\$" "$3"
}

# no_row LABEL TEXT
no_row()
{
	is "$(value "$1")" "" "$2"
}

# unspoken TEXT: no login was tried at the suite's own server.
unspoken()
{
	is "$(asked '(USER|PASS|APOP|AUTH).*')" 0 "$1: no login was tried"
	unlike "$(transcript)" "secret|c2VjcmV0|NlY3JldA|zZWNyZX" "$1: no password was sent"
}

# one_error TEXT PATTERN: on standard error, whatever is on standard output.
one_error()
{
	is "$(wc -l <"$T/err" | tr -d ' ')" 1 "$1: one error"
	like "$ERR" "^haulmail: home: .*$2" "$1: it is told"
}

untouched()
{
	check "$1: nothing is written" test ! -e "$INBOX" -a ! -e "$JOURNAL" -a ! -e "$JOURNAL.lock"
}

# ---- the suite's own server

fresh_home
maildrop plain 3
start_server "$DROP" --stls --cert "$CERTS/good.pem" --key "$CERTS/good.key" \
	--capa USER --capa UIDL --capa "IMPLEMENTATION Test \\x1b[31m 1.0" --capa "EXPIRE 60 USER" \
	--capa "LOGIN-DELAY 900" --capa-after-login UIDL --capa-after-login "EXPIRE 30" \
	--greeting "+OK \\x1b]0;owned\\x07 hello"
home_config "$ca" "tls stls"
haul info
exits 0 "stls: status 0"
is "$ERR" "" "stls: no error"
check "stls: nothing for a terminal to act on" printable "$T/out"
like "$OUT" "^account home" "the account stands first"
row server "127.0.0.1, port $PORT, tls stls" "the server and the way"
row greeting '.033]0;owned.007 hello' "the greeting, made safe"
row "offers in the clear" "USER, UIDL, IMPLEMENTATION Test .033\[31m 1.0, EXPIRE 60 USER," \
	"what it offers in the clear"
like "$OUT" "^ {25}LOGIN-DELAY 900, STLS" "a long list goes on below"
row TLS "TLSv1.3, TLS_[A-Z0-9_]+" "version and cipher"
row certificate "CN=good" "whose certificate"
row "  is for" "localhost, 127.0.0.1, ::1" "for which hosts"
row "  issued by" "CN=Test CA" "by whom"
row "  valid" "$(date -u +%Y)-[0-9-]{5} to 20[0-9]{2}-[0-9-]{5}" "from when to when"
row "  key" "EC, 256 bits" "its key"
row tls-fingerprint "sha256:$(fingerprint good)" "its fingerprint"
row trusted "yes, by tls-ca" "it is trusted, and why"
like "$(value "offers in TLS")" "USER, UIDL" "what it offers inside"
row login "USER: the server offers nothing else" "how the login goes"
row "logged in" yes "it logs in"
row "offers after login" "UIDL, EXPIRE 30" "what it offers then"
row mailbox "3 messages, [0-9.]+[KM]?B?, with UIDs" "how much mail there is"
row implementation "Test .033\[31m 1.0" "the implementation"
row "keeps mail for" "30 days" "EXPIRE, as said after the login"
row "between logins" "900 seconds" "LOGIN-DELAY"
is "$(asked 'RETR .*|TOP .*|DELE .*')" 0 "it fetches and deletes nothing"
is "$(asked QUIT)" 1 "it says goodbye"
untouched "info"

# The fingerprint's row can go into the config file as it is.
home_config "$(printf '%s\n' "$OUT" | grep '^ *tls-fingerprint')" "tls stls"
haul info
row trusted "yes, by tls-fingerprint" "the row pins the certificate"
haul
exits 0 "and a fetch goes by it"
fresh_home
refill

# The same server, but nobody knows its CA.
forget_transcript
home_config "tls stls"
haul info
exits 77 "an unknown CA: the status of a fetch"
one_error "an unknown CA" "does not trust: CN=Test CA"
row certificate "CN=good" "an unknown CA: the certificate is shown"
row tls-fingerprint "sha256:$(fingerprint good)" "an unknown CA: its fingerprint, too"
row trusted "no: .*signed by an authority that this system does not trust: CN=Test CA" \
	"an unknown CA: and why it is not trusted"
like "$(value "offers in TLS")" "USER, UIDL" "an unknown CA: what it offers"
row "logged in" no "an unknown CA: no login"
unspoken "an unknown CA"
untouched "an unknown CA"

home_config "tls stls" "tls-fingerprint sha256:$(fingerprint elsewhere)"
haul info
exits 77 "another pin: refused"
row tls-fingerprint "sha256:$(fingerprint good)" "another pin: the one that it has"
row trusted "no: .*fingerprints.*" "another pin: why"
unspoken "another pin"

home_config "tls stls" "tls-verify no"
haul info
exits 0 "tls-verify no: goes on"
row trusted "no, but tls-verify is no: .*CN=Test CA" "tls-verify no: says what it is worth"
row "logged in" yes "tls-verify no: logs in"
like "$ERR" "not verified .tls-verify no" "tls-verify no: warns"

home_config "tls off"
haul info
exits 0 "tls off"
row TLS "none, but the server offers it: tls stls" "tls off: tells of a better way"
row "logged in" yes "tls off: logs in"

# No password, and nobody to ask.
forget_transcript
home_config "$ca" "tls stls"
sed -i '/password/d' "$CONFIG"
haul info
exits 78 "no password: the status of a fetch"
one_error "no password" "no password.*no terminal"
row trusted "yes, by tls-ca" "no password: all the same it tells what it can"
row "logged in" no "no password: no login"
unspoken "no password"

home_config "$ca" "tls stls" "password wrong"
haul info
exits 77 "a wrong password: the status of a fetch"
one_error "a wrong password" "refused"
row "logged in" no "a wrong password: no login"
row certificate "CN=good" "a wrong password: the rest is shown"

home_config "$ca" "tls stls" "timeout ${SHORT}s"
server_now --hang STAT
haul info
exits 75 "a server that falls silent: the status of a fetch"
row certificate "CN=good" "a server that falls silent: what was learnt is shown"
forget_transcript
server_now --hide-stls
haul info
exits 77 "STLS stripped: refused"
like "$(value "offers in the clear")" "USER, UIDL" "STLS stripped: what it offers is shown"
no_row TLS "STLS stripped: no TLS"
unspoken "STLS stripped"
server_now --without CAPA
haul info
exits 0 "a server without CAPA"
row "offers in TLS" ".it does not say." "a server without CAPA: that is said"
server_now --greeting "-ERR [IN-USE] go away"
haul info
exits 75 "an unfriendly greeting: the status of a fetch"
no_row greeting "an unfriendly greeting is no greeting"
stop_server
haul info
exits 75 "no server: the status of a fetch"
one_error "no server" "127.0.0.1"
row server "127.0.0.1, .*" "no server: what was tried is shown"

for cert in elsewhere expired selfsigned; do
	fresh_home
	start_server "$DROP" --tls --cert "$CERTS/$cert.pem" --key "$CERTS/$cert.key"
	home_config "$ca" "tls pop3s"
	haul info
	exits 77 "pop3s, $cert: refused"
	row tls-fingerprint "sha256:$(fingerprint "$cert")" "pop3s, $cert: its fingerprint"
	is "$(value trusted)" "no: ${ERR#haulmail: home: }" "pop3s, $cert: why, as the error says it"
	like "$(value "offers in TLS")" "UIDL" "pop3s, $cert: what it offers"
	unspoken "pop3s, $cert"
	stop_server
done

# ---- several accounts

fresh_home
start_server "$DROP"
home_config
sed 's/account home/account other/' "$CONFIG" >"$T/more"
cat "$T/more" >>"$CONFIG"
haul info
exits 0 "all accounts"
is "$(printf '%s\n' "$OUT" | grep -E '^(account.*)?$' | tr '\n' '|')" "account home||account other|" \
	"each under its name, with a line between them"
haul info other
is "$(printf '%s\n' "$OUT" | grep '^account')" "account other" "only the one that is named"
haul info nobody
exits 64 "an account that is not there"
sed -i '1,/^account other/s/password secret/password wrong/' "$CONFIG"
haul info
exits 77 "one that fails decides the status"
is "$(printf '%s\n' "$OUT" | grep -c '^account')" 2 "and does not stop the other"
stop_server

# ---- a real Dovecot

if can_dovecot && run_dovecot maildir; then
	dovecot_mail "$MASTER"
	for way in pop3s stls; do
		fresh_home
		PORT=$DOVECOT_POP3
		[ "$way" = stls ] || PORT=$DOVECOT_POP3S
		home_config "$ca" "tls $way"
		haul info
		exits 0 "Dovecot, $way: status 0"
		row greeting "Dovecot.*" "Dovecot, $way: its greeting"
		row certificate "CN=good" "Dovecot, $way: its certificate"
		row trusted "yes, by tls-ca" "Dovecot, $way: trusted"
		like "$(value "offers in TLS")" "TOP, UIDL, RESP-CODES" "Dovecot, $way: what it offers"
		row "logged in" yes "Dovecot, $way: logs in"
		row mailbox "3 messages, .*, with UIDs" "Dovecot, $way: the mailbox"
		home_config "tls $way"
		logins=$(grep -c "method=" "$DOVECOT_DIR/log")
		haul info
		exits 77 "Dovecot, $way, an unknown CA: refused"
		row certificate "CN=good" "Dovecot, $way, an unknown CA: its certificate"
		is "$(grep -c "method=" "$DOVECOT_DIR/log")" "$logins" \
			"Dovecot, $way, an unknown CA: no login was tried"
	done
	is "$(dovecot_count)" 3 "Dovecot: all mail is still there"
else
	skip "Dovecot: $WHY"
fi

finish
