#!/bin/sh
# A real Dovecot with all sorts of certificates, by pop3s and by STLS; and one that wants to see a
# certificate of ours. What came of each is printed as a table at the end.
. "$(dirname "$0")/lib.sh"

need_dovecot

# ---- the certificates beside those of make_certs

# future NAME SUBJECTALTNAME: one that is valid from 2090 on, which "openssl x509" cannot make.
future()
{
	cat >ca.cnf <<-END
	[ca]
	default_ca = test
	[test]
	database = index
	new_certs_dir = .
	certificate = ca.pem
	private_key = ca.key
	rand_serial = yes
	default_md = sha256
	policy = any
	[any]
	commonName = supplied
	END
	: >index
	echo "$2" >"$1.ext"
	new_key "$1" && openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr" &&
		openssl ca -batch -notext -config ca.cnf -in "$1.csr" -extfile "$1.ext" -out "$1.pem" \
			-startdate 20900101000000Z -enddate 20910101000000Z
}

# client NAME DAYS: one for clients.
client()
{
	new_cert "$1" "extendedKeyUsage=clientAuth" -days "$2"
}

(
	cd "$CERTS" && {
		new_cert address "subjectAltName=IP:127.0.0.1" -days 365 &&
		new_cert otheraddress "subjectAltName=IP:127.0.0.2,DNS:127.0.0.1" -days 365 &&
		new_cert wildcard "subjectAltName=DNS:*.haulmail.test" -days 365 &&
		future future "$_here" &&
		new_cert clientonly "$(printf '%s\nextendedKeyUsage=clientAuth' "$_here")" -days 365 &&
		client client 365 && client lapsed 0 &&
		cat client.pem client.key >both.pem &&
		openssl ec -in client.key -aes256 -passout pass:sesame -out locked.key
	} && chmod 644 ./* && chmod 600 client.key lapsed.key locked.key both.pem
) >"$T/openssl.log" 2>&1 || {
	say_comment <"$T/openssl.log"
	skip_all "the test certificates could not be made"
}

# ---- names that lead here

# Only where /etc/hosts can be another one for a while.
cat >"$T/hosts" <<'END'
127.0.0.1 localhost pop.haulmail.test
127.0.0.1 one.pop.haulmail.test
END
for flags in -m -rm; do
	cat >"$T/with-hosts" <<-END
	#!/bin/sh
	exec unshare $flags sh -c 'mount --bind "\$0" /etc/hosts && exec "\$@"' "$T/hosts" "\$@"
	END
	chmod 755 "$T/with-hosts"
	"$T/with-hosts" grep -q haulmail.test /etc/hosts 2>/dev/null && break
	rm "$T/with-hosts"
done

# ---- what comes of a connection

table=

# account HOST LINE...: an account on Dovecot, to be reached by $way.
account()
{
	_host=$1
	shift
	if [ "$way" = stls ]; then PORT=$DOVECOT_POP3; else PORT=$DOVECOT_POP3S; fi
	home_config "host $_host" "tls $way" "keep yes" "$@"
}

# logins: how many the server has seen, also those in vain.
logins()
{
	grep -c "method=" "$DOVECOT_DIR/log"
}

note()
{ # WHAT OUTCOME
	table="$table$(printf '%-42s %-6s %s' "$1" "$way" "$2")
"
}

# outcome STATUS WHAT PATTERN: of the account: 0, or refused by words, before any login.
outcome()
{
	_before=$(logins)
	haul
	note "$2" "$RC ${ERR#haulmail: home: }"
	exits "$1" "$way, $2: status $1"
	if [ "$1" -eq 0 ]; then
		delivered "$way, $2: delivered"
		is "$(logins)" $((_before + 1)) "$way, $2: one login"
		return
	fi
	complains "$way, $2: told" "$3"
	[ "$1" -eq 75 ] || is "$(logins)" "$_before" "$way, $2: no login was tried"
	is "$(count_mail)" 0 "$way, $2: nothing is delivered"
}

# server CERTIFICATE [LINES]: a Dovecot that shows it, with mail.
server()
{
	DOVECOT_DIR=$T/dovecot.$1
	run_dovecot maildir "ssl_cert = <$CERTS/$1.pem
	ssl_key = <$CERTS/$1.key
	${2-}" || fail "Dovecot starts with the certificate $1: $WHY"
	if [ ! -d "$DOVECOT_DIR/mail/Maildir" ]; then
		fresh_home
		maildrop sample
		dovecot_mail "$MASTER"
	fi
}

ca="tls-ca \"$CERTS/ca.pem\""

# try CERTIFICATE HOST STATUS PATTERN [LINE...]: by both ways.
try()
{
	_cert=$1 _host=$2 _status=$3 _pattern=$4
	shift 4
	for way in pop3s stls; do
		fresh_home
		account "$_host" "$@"
		outcome "$_status" "$_cert, $_host${1+, ${1%% *}}" "$_pattern"
	done
}

server good
try good 127.0.0.1 0 "" "$ca"
try good localhost 0 "" "$ca"
mkdir "$CERTS/directory"
cp "$CERTS/ca.pem" "$CERTS/directory"
openssl rehash "$CERTS/directory" 2>/dev/null
try good localhost 0 "" "tls-ca \"$CERTS/directory\""

# The links of such a directory may lead anywhere; those of the system's do. $SSL_CERT_DIR is a list.
mkdir "$CERTS/linked" "$CERTS/elsewhere"
cp "$CERTS/ca.pem" "$CERTS/elsewhere/our-ca.pem"
ln -s ../elsewhere/our-ca.pem "$CERTS/linked/our-ca.pem"
openssl rehash "$CERTS/linked" 2>/dev/null
try good localhost 0 "" "tls-ca \"$CERTS/linked\""
SSL_CERT_DIR=$T/none:$CERTS/linked
export SSL_CERT_DIR
try good localhost 0 ""
unset SSL_CERT_DIR
SSL_CERT_FILE=$CERTS/elsewhere/our-ca.pem
export SSL_CERT_FILE
try good localhost 0 ""
unset SSL_CERT_FILE
try good localhost 77 "signed by an authority that this system does not trust: CN=Test CA"
try good localhost 77 "authority that is not in tls-ca: CN=Test CA" "tls-ca \"$CERTS/selfsigned.pem\""
try good localhost 0 "" "tls-fingerprint sha256:$(fingerprint good)"
stop_dovecot

server address
try address 127.0.0.1 0 "" "$ca"
try address localhost 77 "for another host: 127.0.0.1" "$ca"
stop_dovecot
server otheraddress
try otheraddress 127.0.0.1 77 "for another host: 127.0.0.2, 127.0.0.1" "$ca"
stop_dovecot

server wildcard
if [ -x "$T/with-hosts" ]; then
	wrapper=${HAULMAIL_WRAPPER-}
	HAULMAIL_WRAPPER="$T/with-hosts $wrapper"
	try wildcard pop.haulmail.test 0 "" "$ca"
	try wildcard one.pop.haulmail.test 77 "for another host: [*].haulmail.test" "$ca"
	HAULMAIL_WRAPPER=$wrapper
else
	skip "a wildcard: /etc/hosts cannot be another one here"
fi
try wildcard localhost 77 "for another host: [*].haulmail.test" "$ca"
stop_dovecot

server elsewhere
try elsewhere localhost 77 "for another host: pop.elsewhere.example" "$ca"
try elsewhere localhost 0 "" "tls-fingerprint sha256:$(fingerprint elsewhere)"
stop_dovecot
server expired
try expired localhost 77 "server's certificate expired on [0-9-]{10}$" "$ca"
try expired localhost 0 "" "tls-fingerprint sha256:$(fingerprint expired)"
stop_dovecot
server future
try future localhost 77 "not valid before 2090-01-01 .*clock" "$ca"
stop_dovecot
server selfsigned
try selfsigned localhost 77 "self-signed; trust it by tls-fingerprint"
try selfsigned localhost 0 "" "tls-ca \"$CERTS/selfsigned.pem\""
try selfsigned localhost 77 "none of the fingerprints" "tls-fingerprint sha256:$(fingerprint good)"
stop_dovecot
server clientonly
try clientonly localhost 77 "not one for servers" "$ca"
stop_dovecot

# ---- a Dovecot that wants a certificate of ours

server good "ssl_ca = <$CERTS/ca.pem
	ssl_verify_client_cert = yes
	ssl_require_crl = no
	auth_ssl_require_client_cert = yes"
cert="tls-cert \"$CERTS/client.pem\""

# In a terminal of its own: types WORD at each question that ends in a colon, shows what was shown.
cat >"$T/terminal" <<'END'
import os, pty, sys
word, command = sys.argv[1].encode(), sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
shown, typed = b"", 0
while True:
    try:
        part = os.read(fd, 4096)
    except OSError:
        break
    if not part:
        break
    shown += part
    while shown.count(b"key: ") > typed:
        os.write(fd, word + b"\n")
        typed += 1
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END

# typed WORD ARGS...: haulmail in that terminal.
typed()
{
	_word=$1
	shift
	# shellcheck disable=SC2086 # the wrapper is a command with its options
	timeout "$LIMIT" "$PYTHON" "$T/terminal" "$_word" ${HAULMAIL_WRAPPER-} "$HAULMAIL" "$@" \
		>"$T/out" 2>"$T/err" </dev/null
	RC=$?
	OUT=$(tr -d '\r' <"$T/out") ERR=$(cat "$T/err")
}

for way in pop3s stls; do
	fresh_home
	account localhost "$ca"
	haul
	note "none of ours" "$RC ${ERR#haulmail: home: }"
	exits 77 "$way, no certificate of ours: refused"
	complains "$way, no certificate of ours: by the server's words" "certificate"

	account localhost "$ca" "tls-cert \"$CERTS/lapsed.pem\"" "tls-key \"$CERTS/lapsed.key\""
	haul
	note "ours, expired" "$RC ${ERR#haulmail: home: }"
	exits 77 "$way, an expired certificate of ours: refused"
	complains "$way, an expired certificate of ours: by the server's words" "certificate"

	fresh_home
	account localhost "$ca" "$cert" "tls-key \"$CERTS/client.key\""
	outcome 0 "ours" ""
	fresh_home
	account localhost "$ca" "tls-cert \"$CERTS/both.pem\""
	outcome 0 "ours, key in the same file" ""

	fresh_home
	account localhost "$ca" "$cert" "tls-key \"$CERTS/good.key\""
	chmod 600 "$CERTS/good.key"
	outcome 78 "ours, another's key" "good.key is not the key of the certificate in tls-cert"
	chmod 644 "$CERTS/good.key"
	cp "$CERTS/client.key" "$HOME/open.key"
	chmod 640 "$HOME/open.key"
	account localhost "$ca" "$cert" "tls-key ~/open.key"
	outcome 78 "ours, a key for all to read" "open.key: others may read or write the key: chmod 600"
	account localhost "$ca" "$cert" "tls-key \"$CERTS/locked.key\""
	outcome 78 "ours, locked, nobody there" "locked.key is encrypted, and there is no terminal"

	typed sesame
	note "ours, locked, passphrase" "$RC"
	exits 0 "$way, a locked key and its passphrase: fetched"
	contains "$OUT" "Passphrase for $CERTS/locked.key: " "$way: the question names the file"
	unlike "$OUT" sesame "$way: the passphrase is not shown"
	delivered "$way, a locked key and its passphrase: delivered"
	fresh_home
	account localhost "$ca" "$cert" "tls-key \"$CERTS/locked.key\""
	_before=$(logins)
	typed barley
	note "ours, locked, wrong passphrase" "$RC"
	exits 78 "$way, a wrong passphrase"
	contains "$OUT" "locked.key: the passphrase is wrong" "$way, a wrong passphrase: told"
	is "$(grep -o Passphrase "$T/out" | wc -l | tr -d ' ')" 1 "$way: it is asked for once"
	is "$(logins)" "$_before" "$way, a wrong passphrase: no login was tried"
done

# Two accounts would ask at the same time, if they were served so.
fresh_home
account localhost "$ca" "$cert" "tls-key \"$CERTS/locked.key\""
sed 's/account home/account other/' "$CONFIG" >"$T/more"
cat "$T/more" >>"$CONFIG"
typed sesame -j 2
exits 0 "two accounts with locked keys: fetched"
is "$(grep -o Passphrase "$T/out" | wc -l | tr -d ' ')" 2 "two accounts: each asks"
contains "$OUT" "home: 4 new" "two accounts: the first one's mail"
like "$(printf '%s\n' "$OUT" | sed '/^home:/,$!d')" Passphrase "two accounts: one after the other"

echo "# certificate, host, setting                way    outcome"
printf '%s' "$table" | sed 's/^/# /'
finish
