#!/bin/sh
# Relays: TLS and logins, with a scripted server and with a real Exim; their sections in the config;
# and haulmail deliver.
. "$(dirname "$0")/lib.sh"

# onward [LINE...]: a fresh home with one message for a relay with these lines in its section.
onward()
{
	fresh_home
	maildrop plain 1
	start_server "$DROP"
	{
		printf 'relay mta\n    host localhost\n    port %s\n    timeout %ss\n' "$SMTP_PORT" \
			"$((10 * SLOW))"
		for _line; do printf '    %s\n' "$_line"; done
		printf 'account home\n    host 127.0.0.1\n    port %s\n    tls off\n    user alice\n' \
			"$PORT"
		printf '    password secret\n    deliver smtp mta to bob@example.org\n'
	} | config
}

# fares STATUS TEXT [PATTERN]: a run ends so; with a pattern it says so, and nothing was sent.
fares()
{
	haul
	exits "$1" "$2"
	if [ -n "${3-}" ]; then
		complains "and says why" "$3"
		is "$(sent) $(on_server)" "0 1" "nothing is sent, nothing lost"
	else
		is "$(sent) $(on_server)" "1 0" "the message is there"
	fi
	check "no secret was shown" no_secret
	stop_server
	rm -f "$SENT"/*
}

no_secret() { ! grep -q "s3cret" "$T/out" "$T/err"; }

make_certs || skip_all "openssl makes no certificates here"
# shellcheck disable=SC2153 # lib.sh sets CERTS
CERT="--cert $CERTS/good.pem --key $CERTS/good.key"
trust="tls-ca $CERTS/ca.pem"

# ---- TLS

# shellcheck disable=SC2086 # a list of words
start_smtp $CERT
onward "tls starttls" "$trust"
fares 0 "STARTTLS"
is "$(told 'EHLO .*')" 2 "what was said before it is forgotten"
check "by TLS" grep -q "tls TLSv1" "$SMTP_TRANSCRIPT"
onward "tls starttls"
fares 77 "STARTTLS, and an unknown certificate" certificate
onward "tls starttls" "$trust"
smtp_now --inject '250-smtp.test\r\n250 AUTH PLAIN\r\n'
fares 77 "bytes in the clear behind the reply to STARTTLS" "in the clear"
onward "tls starttls" "$trust"
smtp_now --reply "STARTTLS=454 not now"
fares 77 "STARTTLS refused" "refuses to start TLS: 454"
onward "tls starttls" "$trust"
smtp_now --reply "EHLO=250-smtp.test\r\n250 PIPELINING"
fares 77 "STARTTLS not offered" "does not offer STARTTLS"
onward "tls smtps" "$trust"
smtp_now --smtps
fares 0 "TLS from the start"
onward
smtp_now
fares 0 "on this machine nothing is asked for"
stop_smtp

start_smtp
onward "tls starttls" "$trust"
sed -i 's/host localhost/host relay.invalid/;s/tls starttls//' "$CONFIG"
haul config
check "elsewhere STARTTLS is" grep -q "tls  *starttls" "$T/out"
stop_server
stop_smtp

# ---- logins

# shellcheck disable=SC2086 # a list of words
start_smtp $CERT --login 'alice:s3cret'
login="user alice"
onward "tls starttls" "$trust" "$login" "password s3cret"
fares 0 "a login"
is "$(told 'AUTH PLAIN .*')" 1 "by PLAIN, with the first response"
onward "tls starttls" "$trust" "$login" "password s3cret" "auth login"
fares 0 "by LOGIN"
is "$(told 'AUTH LOGIN')" 1 "which asks"
onward "tls starttls" "$trust" "$login" "password wr0ng"
fares 77 "a wrong password" "refused: 535 5.7.8 wrong"
onward "tls starttls" "$trust" "$login" "password s3cret"
smtp_now --reply "AUTH=454 4.7.0 not now"
fares 75 "a login put off" "454 4.7.0"
onward "tls starttls" "$trust" "$login" "password s3cret"
smtp_now --reply "AUTH=535 5.7.8 s3cret is not the password"
fares 77 "a server that repeats the password" "is not the password"
smtp_now
onward "tls starttls" "$trust" "$login" "password s3cret" "auth scram-sha-256"
fares 77 "a mechanism that the server lacks" "does not offer scram-sha-256"
onward "tls starttls" "$trust"
fares 77 "no login where one is wanted" "530 5.7.0"
onward "$login" "password s3cret"
smtp_now --reply "EHLO=250-smtp.test\r\n250 AUTH=LOGIN"
fares 0 "AUTH=LOGIN, as it was once spelt"
onward "$login" "password-command \"echo s3cret\""
smtp_now
haul -vv
exits 0 "the dialogue of a login"
check "shows no secret" no_secret
check "nor its base64" sh -c "! grep -q '$(printf '\0alice\0s3cret' | base64)' '$T/err'"
stop_server
rm -f "$SENT"/*
stop_smtp

# ---- haulmail info

# shellcheck disable=SC2086 # a list of words
start_smtp $CERT --login 'alice:s3cret'
onward "tls starttls" "$trust" "$login" "password s3cret"
haul info mta --vrfy bob --expn staff
exits 0 "haulmail info of a relay"
check "shows its greeting" grep -q 'greeting  *220 smtp.test ready' "$T/out"
check "and its features" grep -q 'offers  *PIPELINING, SIZE 10000000' "$T/out"
check "and its certificate" grep -q 'tls-fingerprint  *sha256:' "$T/out"
check "that a delivery would trust" grep -q 'trusted  *yes' "$T/out"
check "and the login" grep -q 'logged in  *yes' "$T/out"
is "$(told 'NOOP') $(told 'HELP') $(told 'VRFY bob') $(told 'EXPN staff')" "1 1 1 1" \
	"and asks what there is to ask"
check "each line of the answer" grep -q '  alice@example.org' "$T/out"
check "no secret was shown" no_secret
haul info mta --vrfy bob --json
exits 0 "the same as JSON"
is "$(printf '%s\n' "$OUT" | "$PYTHON" -c 'import json, sys
it = json.loads(sys.stdin.read())
print(it["relay"], it["status"], "PIPELINING" in it["features"], "VRFY bob:" in it["answers"])')" \
	"mta 0 True True" "has the same in it"
onward "tls starttls" "$login" "password s3cret"
haul info mta
exits 77 "of one that cannot be trusted"
check "shows its certificate" grep -q 'tls-fingerprint  *sha256:' "$T/out"
is "$(tail -n 12 "$SMTP_TRANSCRIPT" | grep -c AUTH)" 0 "and says nothing secret"
haul info nothing
exits 64 "of none"
haul info mta --vrfy "$(printf 'a\r\nDATA')"
exits 64 "a question with a line end in it"
stop_server
stop_smtp

# ---- the config

SMTP_PORT=1
wrong()
{ # TEXT PATTERN LINE...
	_text=$1 _pattern=$2
	shift 2
	fresh_home
	printf '%s\n' "$@" | config
	haul config
	exits 78 "$_text"
	check "is told" grep -Eq -e "$_pattern" "$T/err"
}
account='account home
    host h'
wrong "a relay that there is not" 'no relay "mat"; did you mean "mta"' "$account" \
	"    deliver smtp mat to a@b.c" "relay mta" "    host h"
wrong "a relay without host" 'relay "mta" has no host' "$account" "relay mta" "    port 5"
wrong "a keyword of accounts in a relay" '"keep" is for accounts' "$account" "relay mta" \
	"    host h" "    keep yes"
wrong "a misspelt keyword of a relay" 'did you mean "socket"' "$account" "relay mta" "    sokcet /x"
wrong "two relays of one name" 'a relay "mta" already' "$account" "relay mta" "    host h" \
	"relay mta" "    host h"
wrong "a password without a user" 'without "user"' "$account" "relay mta" "    host h" \
	"    password-file /x"
wrong "no recipients" 'for whom it is' "$account" "    deliver smtp mta" "relay mta" "    host h"
wrong "no address" 'no address' "$account" "    deliver smtp mta to a b@" "relay mta" "    host h"
wrong "an address twice" 'address stands here twice' "$account" "    deliver smtp mta to a@b A@b" \
	"relay mta" "    host h"
wrong "recipients by header without domains" 'wants "in"' "$account" \
	"    deliver smtp mta to header X-Original-To" "relay mta" "    host h"
wrong "a sender that is none" 'wants an address' "$account" "    smtp-from \"a b\""
fresh_home
config <<END
defaults
    user alice
    password secret
    timeout 7s
    source-address 127.0.0.1
relay mta
    host h
    tls smtps
account home
    host h
    smtp-from <>
    deliver smtp mta to header Delivered-To strip "x-" in example.org example.net
END
chmod 600 "$CONFIG"
haul config
exits 0 "a relay below defaults"
is "$(sed -n '/^relay/,$p' "$T/out" | tr -s ' ' | grep -E '^ (user|password|timeout|port|source)' |
	tr -d '\n')" " port 465 source-address 127.0.0.1 timeout 7s" \
	"takes no name and no password from there, but what is this machine's"
check "the target is shown as it was written" grep -q \
	'smtp mta to header Delivered-To strip x- in example.org example.net' "$T/out"
cp "$T/out" "$T/again"
cp "$T/out" "$CONFIG"
sed -i 's/\*\*\*\*\*\*\*\*/x/' "$CONFIG"
haul config
check "and what is shown is a config file" cmp -s "$T/out" "$T/again"

# ---- haulmail deliver

start_smtp
fresh_home
config <<END
relay mta
    host 127.0.0.1
    port $SMTP_PORT
account home
    host 127.0.0.1
    deliver mbox "$INBOX"
    deliver smtp mta to bob@example.org
END
printf 'From: ada@example.org\nSubject: x\n\n.\nbody\n' >"$T/message"
deliver()
{
	${HAULMAIL_WRAPPER-} "$HAULMAIL" "$@" <"$T/message" >"$T/out" 2>"$T/err"
	# shellcheck disable=SC2034 # for lib.sh
	RC=$?
	# shellcheck disable=SC2034 # for lib.sh
	OUT=$(cat "$T/out") ERR=$(cat "$T/err")
}
deliver deliver
exits 0 "haulmail deliver"
quiet "in silence"
is "$(count_mail) $(sent)" "1 1" "serves all targets"
is "$(sed -n 's/^RCPT TO:\(<[^>]*>\).*/\1/p' "$SENT"/*.env)" "<bob@example.org>" "as the config says"
deliver deliver -a home carol@example.org dave@example.org
is "$(count_mail) $(sent)" "2 2" "the same once more, for others, is another message"
is "$(sed -n 's/^RCPT TO:\(<[^>]*>\).*/\1/p' "$SENT"/2.env | tr '\n' ' ')" \
	"<carol@example.org> <dave@example.org> " "who are those named"
deliver -n deliver
is "$(count_mail) $(sent)" "2 2" "a dry run does nothing"
smtp_now --reply "RCPT=450 later"
deliver deliver
exits 75 "a target that puts it off: try again"
is "$(count_mail)" 3 "the others have it"
cp "$T/message" "$T/first"
printf 'From: ada@example.org\nSubject: y\n\nanother\n' >"$T/message"
deliver deliver
is "$(count_mail)" 4 "another message is not taken for it"
cp "$T/first" "$T/message"
smtp_now
deliver deliver
exits 0 "trying again"
is "$(count_mail) $(sent)" "4 3" "serves who lacks it"
smtp_now --reply "RCPT=550 never"
deliver deliver
exits 65 "a refusal"
smtp_now
makemail big "$T/message" 3000000
deliver deliver
exits 0 "a large message"
deliver deliver -a nobody
exits 64 "no such account"
deliver deliver "not an address"
exits 64 "no address"
stop_smtp

finish
