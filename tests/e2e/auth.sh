#!/bin/sh
# Every way to log in, against the suite's own server: what is sent, in how many flights, and what
# "auth auto" makes of what a server offers.
. "$(dirname "$0")/lib.sh"

make_certs || skip_all "openssl makes no certificates here"

# serve OPTIONS...: a server with TLS from the start.
serve()
{
	[ -z "${SERVER-}" ] || stop_server
	fresh_home
	maildrop sample
	start_server "$DROP" --tls --cert "$CERTS/good.pem" --key "$CERTS/good.key" \
		--latency 0.02 "$@"
}

# account LINE...: an account on it.
account()
{
	home_config "host localhost" "tls pop3s" "tls-ca \"$CERTS/ca.pem\"" "keep yes" "$@"
}

b64() { printf "$@" | base64 -w 0; }

first_auth() { transcript | grep -E '^(AUTH|USER|APOP)' | head -n 1; }

# ---- each mechanism

for mech in plain login cram-md5 scram-sha-1 scram-sha-256; do
	upper=$(echo "$mech" | tr a-z A-Z)
	serve --sasl "$upper"
	account "auth $mech"
	haul
	exits 0 "$mech: fetched"
	quiet "$mech: in silence"
	delivered "$mech: delivered" --ordered
	is "$(transcript | grep -c "^AUTH $upper")" 1 "$mech: is what was used"
	is "$(asked 'PASS .*')" 0 "$mech: and nothing else"
	account "auth $mech" "password \"wrong, says alice=bob\""
	forget_journal
	haul
	exits 77 "$mech: a wrong password"
	complains "$mech: is told" "login by $upper was refused.*wrong user or password"
done

serve --user 'a,b=c' --password 'p%s "\\ w' --sasl SCRAM-SHA-256
account "auth scram-sha-256" "user a,b=c" 'password "p%s \"\\\\ w"'
haul
exits 0 "a user and a password that need care"

serve --sasl EXTERNAL
account "auth external" "password \"\""
sed -i '/password/d' "$CONFIG"
haul
exits 0 "external: fetched, without a password"
is "$(first_auth)" "AUTH EXTERNAL $(b64 alice)" "external: names the user"

for mech in xoauth2 oauthbearer; do
	upper=$(echo "$mech" | tr a-z A-Z)
	serve --sasl "$upper" --token-host localhost
	account "auth $mech" "password-command \"echo token\""
	sed -i '/password secret/d' "$CONFIG"
	haul
	exits 0 "$mech: fetched"
	delivered "$mech: delivered" --ordered
done

# ---- how many waits

# waits SECRET SASL MECH N: N is the flights of a poll with a fresh cache.
waits()
{
	serve $2 --token-host localhost
	account "auth $3" "password-command \"echo $1\""
	sed -i '/password secret/d' "$CONFIG"
	haul
	exits 0 "$3: a first run"
	for _run in 1 2; do # nothing new from here on
		haul
		is "$(flights)" "$4" "$3: $4 waits with a fresh cache"
	done
	is "$(grep -c '^server' "$JOURNAL")" 1 "$3: which is written once"
}

waits secret "--sasl PLAIN" plain 2
waits secret "--sasl PLAIN" auto 2
waits token "--sasl OAUTHBEARER" oauthbearer 2
waits token "--sasl OAUTHBEARER --sasl XOAUTH2" xoauth2 2
waits none "--sasl EXTERNAL" external 2
waits token "--sasl XOAUTH2" xoauth2 3
waits secret "--sasl LOGIN" login 4
waits secret "--sasl CRAM-MD5" cram-md5 3
waits secret "--sasl SCRAM-SHA-256" scram-sha-256 4

# ---- auto

# picks WANT SASL...: what auto makes of these, over TLS.
picks()
{
	_want=$1
	shift
	serve "$@"
	account "auth auto"
	haul
	exits 0 "auto, $*: fetched"
	like "$(first_auth)" "^$_want( |\$)" "auto, $*: by $_want"
}

picks "AUTH SCRAM-SHA-256" --sasl PLAIN --sasl SCRAM-SHA-1 --sasl SCRAM-SHA-256 --sasl LOGIN
picks "AUTH SCRAM-SHA-1" --sasl LOGIN --sasl SCRAM-SHA-1 --sasl PLAIN --sasl CRAM-MD5
picks "AUTH PLAIN" --sasl LOGIN --sasl PLAIN --sasl CRAM-MD5 --sasl XOAUTH2
picks "USER alice" --sasl LOGIN --sasl CRAM-MD5
picks "USER alice" --capa UIDL
picks "USER alice" --without CAPA
picks "AUTH LOGIN" --hidden-sasl LOGIN --capa UIDL --capa "SASL GSSAPI LOGIN"
picks "AUTH SCRAM-SHA-256-PLUS" --sasl SCRAM-SHA-256 --sasl SCRAM-SHA-256-PLUS --sasl PLAIN

serve --capa UIDL --capa "SASL GSSAPI NTLM CRAM-MD5"
account "auth auto"
haul
exits 77 "auto, nothing that it takes"
complains "is told, with what there is" "does not offer.*CRAM-MD5"
is "$(asked '(AUTH|USER|PASS) .*')" 0 "and no password is sent"

serve --sasl PLAIN --sasl SCRAM-SHA-1
account "auth scram-sha-256"
haul
exits 77 "a mechanism that is not offered"
complains "is told, with what there is" "does not offer SCRAM-SHA-256.*USER PLAIN SCRAM-SHA-1"
is "$(asked '(AUTH|USER|PASS) .*')" 0 "and nothing is sent"

serve --hidden-sasl PLAIN
account "auth plain"
haul
exits 0 "a mechanism that is offered without a word"
is "$(first_auth)" "AUTH PLAIN" "is asked for before the password goes out"

# ---- what is remembered of a server, and has changed

# known OPTIONS OPTIONS [LINE]: a run against the first, then another against the second, with -v.
known()
{
	# shellcheck disable=SC2086 # several options
	serve $1
	account ${3+"$3"}
	haul
	exits 0 "known: $1"
	# shellcheck disable=SC2086
	server_now $2
	forget_transcript
	haul -v
}

known "--sasl SCRAM-SHA-256" "--lose-sasl SCRAM-SHA-256"
exits 0 "then without SASL: logged in"
like "$(transcript | grep -E '^(AUTH|CAPA|USER)' | tr '\n' ' ')" \
	"^AUTH SCRAM-SHA-256 [^ ]* CAPA CAPA USER" "by SCRAM, and when that fails as for the first time"
is "$(asked 'PASS .*')" 1 "by USER and PASS"
like "$(grep '^server' "$JOURNAL" | tail -n 1)" ' PIPELINING TOP UIDL USER$' "the journal knows"

known "--sasl PLAIN --sasl LOGIN --without USER" "--lose-sasl PLAIN --without USER"
exits 0 "PLAIN is lost, and LOGIN left: logged in"
is "$(asked 'AUTH PLAIN .*')" 1 "after one attempt at PLAIN"
known "--sasl PLAIN --without USER" "--lose-sasl PLAIN --capa UIDL --capa SASL"
exits 77 "PLAIN is lost, and nothing left"
like "$ERR" "does not offer a login" "which is told"
known "--sasl PLAIN" "--sasl SCRAM-SHA-256"
exits 0 "with SCRAM besides PLAIN: logged in"
like "$(first_auth)" "^AUTH PLAIN" "by PLAIN, as ever"
forget_transcript
haul
like "$(first_auth)" "^AUTH SCRAM-SHA-256" "the next time by SCRAM"
known "--sasl SCRAM-SHA-256" "--sasl SCRAM-SHA-256-PLUS"
exits 0 "with channel binding now: logged in"
is "$(asked 'AUTH SCRAM-SHA-256 .*')" 1 "first without it, which the server takes for an attack"
is "$(asked 'AUTH SCRAM-SHA-256-PLUS .*')" 2 "then with it"
like "$(grep '^server' "$JOURNAL" | tail -n 1)" 'SCRAM-SHA-256,SCRAM-SHA-256-PLUS' "the journal knows"
for mech in plain login scram-sha-256 cram-md5; do
	upper=$(echo "$mech" | tr a-z A-Z)
	known "--sasl $upper" "--password changed" "auth $mech"
	exits 77 "$mech: another password now"
	is "$(asked "AUTH $upper.*")" 1 "$mech: is tried once"
done

# ---- lines and initial responses

serve --sasl PLAIN --without PIPELINING
account "auth plain"
haul
exits 0 "an initial response"
is "$(first_auth)" "AUTH PLAIN $(b64 '\000alice\000secret')" "is in the line of AUTH"

long=$(printf '%0200d' 7)
serve --sasl PLAIN --password "$long"
account "auth plain" "password $long"
haul
exits 0 "a long password"
is "$(first_auth)" "AUTH PLAIN" "AUTH stays within 255 octets"
is "$(asked "$(b64 "\000alice\000$long")")" 1 "the response comes on a line of its own"
haul
exits 0 "a second run"

# 255 octets are "AUTH PLAIN " and CRLF and 242, of which base64 fills 240: 180 bytes.
for length in 172 173 174 175; do
	edge=$(printf "%0${length}d" 7)
	serve --sasl PLAIN --password "$edge"
	account "auth plain" "password $edge"
	haul
	exits 0 "a password of $length octets"
	is "$(transcript | awk 'length($0) > 253' | grep -c '^AUTH')" 0 "no AUTH is longer than 255"
	[ "$length" -gt 173 ] && want="AUTH PLAIN" || want="AUTH PLAIN $(b64 "\000alice\000$edge")"
	is "$(first_auth)" "$want" "and as long as it may be"
done

serve --sasl PLAIN --initial ignore
account "auth plain" "pipelining off"
haul
exits 0 "a server that does not read the initial response"
is "$(asked "$(b64 '\000alice\000secret')")" 1 "gets it once more"
account "auth plain"
haul
exits 76 "when a flight is under way that comes too late"
complains "and what helps is told" "pipelining off"

# "AUTH XOAUTH2 " and CRLF and 240 of base64 are 255 octets: that is "user=alice" and so on, and 155.
for length in 154 155 156; do
	edge=$(printf "%0${length}d" 7)
	serve --sasl XOAUTH2 --sasl OAUTHBEARER --token "$edge"
	account "auth xoauth2" "password $edge"
	haul
	exits 0 "a token of $length octets"
	if [ "$length" -le 155 ]; then want=255; else want=14; fi
	is "$(first_auth | wc -c)" $((want - 1)) "AUTH is of $want octets"
done

# ---- tokens

# Microsoft: XOAUTH2 without OAUTHBEARER, and nothing behind AUTH.
for length in 9000 45000; do
	long=$(head -c "$length" /dev/zero | tr '\000' t)
	serve --sasl PLAIN --sasl XOAUTH2 --initial refuse --token "$long" \
		--greeting "+OK The Microsoft Exchange POP3 service is ready."
	printf '%s\n' "$long" >"$HOME/token"
	account "auth xoauth2" "password-command \"cat $HOME/token\""
	sed -i '/password secret/d' "$CONFIG"
	haul
	exits 0 "a token of $length octets, as Microsoft wants it"
	delivered "brings the mail" --ordered
	is "$(first_auth)" "AUTH XOAUTH2" "on a line of its own"
	haul -v -v
	unlike "$OUT$ERR" "tttt|$(b64 tttt | cut -c 1-5)" "which the dialogue does not show"
	like "$ERR" "AUTH XOAUTH2" "though it shows the rest"
done

for mech in xoauth2 oauthbearer; do
	upper=$(echo "$mech" | tr a-z A-Z)
	for pipelining in on off; do
		what="$mech, pipelining $pipelining"
		serve --sasl "$upper" --token new --token-host localhost
		cat >"$HOME/token.sh" <<-'END'
		echo "run ${HAULMAIL_TOKEN_REFUSED-unset}" >>"$HOME/runs"
		if [ -n "${HAULMAIL_TOKEN_REFUSED-}" ]; then echo new; else echo old; fi
		END
		account "auth $mech" "password-command \"sh $HOME/token.sh\"" \
			"pipelining $pipelining"
		sed -i '/password secret/d' "$CONFIG"
		haul
		exits 0 "$what: an old token is replaced"
		quiet "$what: in silence"
		is "$(cat "$HOME/runs")" "run unset
run 1" "$what: by the command, which knows"
		if [ "$pipelining" = off ]; then
			[ "$mech" = xoauth2 ] && answer="b''" || answer="b'\\x01'"
			like "$(transcript | grep dance)" "dance $(printf '%s' "$answer" |
				sed 's/[\\]/\\\\/g')\$" "$what: the complaint gets its answer"
		fi
		server_now --token other
		forget_transcript
		rm "$HOME/runs"
		haul
		exits 77 "$what: a token that cannot be replaced"
		complains "$what: is told in plain words" \
			"$upper was refused: the token is not accepted: invalid_token; its scope has to be https://mail"
		is "$(wc -l <"$HOME/runs")" 2 "$what: after one more attempt"
		is "$(asked 'AUTH .*')" 2 "$what: and no more"
	done
done

serve --sasl XOAUTH2 --err "AUTH=[IN-USE] later"
account "auth xoauth2" "password-command \"echo run >>$HOME/runs; echo token\""
sed -i '/password secret/d' "$CONFIG"
haul
exits 75 "a token with a maildrop in use"
is "$(wc -l <"$HOME/runs")" 1 "is not replaced"

finish
