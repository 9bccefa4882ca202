#!/bin/sh
# Each way to log in that a real Dovecot has, by STLS, by pop3s and in the clear, with passwords
# stored in the clear and digested; OAuth tokens that it has looked up at an endpoint. It ends with
# a table of what has been seen to work: by haulmail's status, the mail, and Dovecot's own log.
. "$(dirname "$0")/lib.sh"

need_dovecot

# ---- an endpoint that knows which tokens are good (RFC 7662)

LONG_TOKEN=$(head -c 5000 /dev/zero | tr '\000' t) # Dovecot takes no line of more than 8 KiB
cat >"$T/endpoint.py" <<'END'
import http.server, json, os, sys, urllib.parse

class Endpoint(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        token = urllib.parse.parse_qs(body).get("token", [""])[0]
        good = token in ("good-token", sys.argv[2])
        answer = json.dumps({"active": good, "username": "alice"} if good else {"active": False})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
with open(sys.argv[1] + ".new", "w") as f:
    f.write("%d\n" % server.server_address[1])
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
END
"$PYTHON" "$T/endpoint.py" "$T/endpoint" "$LONG_TOKEN" 2>"$T/endpoint.log" &
PIDS="$PIDS $!"
wait_for test -s "$T/endpoint" || skip_all "no HTTP server on loopback"

mkdir -p "$DOVECOT_DIR"
cat >"$DOVECOT_DIR/oauth2" <<END
introspection_mode = post
introspection_url = http://127.0.0.1:$(cat "$T/endpoint")/introspect
username_attribute = username
active_attribute = active
active_value = true
END

# Passwords as Dovecot may keep them; of these it needs no more than the mechanism wants.
{
	for scheme in SCRAM-SHA-1 SCRAM-SHA-256 CRAM-MD5 SHA512-CRYPT; do
		printf '%s:%s\n' "$(echo "$scheme" | tr A-Z a-z)" \
			"$(doveadm pw -s "$scheme" -p 's3,cr=t %"x')"
	done
	printf 'umlaut:{PLAIN}\303\244rger\n'
} >"$DOVECOT_DIR/digests" 2>"$T/doveadm.log"

start_dovecot maildir "
auth_mechanisms = plain login apop cram-md5 scram-sha-1 scram-sha-256 oauthbearer xoauth2
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
passdb {
  driver = passwd-file
  args = $DOVECOT_DIR/digests
}
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = $DOVECOT_DIR/oauth2
}
"
fresh_home
maildrop sample
dovecot_mail "$MASTER"

# account LINE...: an account on Dovecot, to be reached by $way.
account()
{
	PORT=$DOVECOT_POP3
	case $way in
	clear) set -- "tls off" "$@" ;;
	stls) set -- "tls stls" "tls-ca \"$CERTS/ca.pem\"" "$@" ;;
	pop3s)
		PORT=$DOVECOT_POP3S
		set -- "tls pop3s" "tls-ca \"$CERTS/ca.pem\"" "$@"
		;;
	esac
	home_config "keep yes" "$@"
}

# logged_in METHOD: does Dovecot say so of the last login?
logged_in()
{
	grep 'Login: user=' "$DOVECOT_DIR/log" | tail -n 1 | grep -q "method=$1,"
}

# works [ROW:]METHOD LINE...: a login with these settings, and a second one that relies on the first.
works()
{
	_row=${1%%:*} _method=${1##*:}
	shift
	what="$_row, $way"
	fresh_home
	account "$@"
	_before=$failed
	haul
	exits 0 "$what: fetched"
	quiet "$what: in silence"
	delivered "$what: delivered"
	check "$what: Dovecot says so, too" logged_in "$_method"
	haul -v -v
	exits 0 "$what: once more, with what is known of the server"
	check "$what: in the same way" logged_in "$_method"
	is "$(printf '%s\n' "$ERR" | grep -c 'once more')" 0 "$what: at the first attempt"
	unlike "$(printf '%s\n' "$OUT$ERR" | sed 's/(secret)//')" 'secret|s3,cr|good-token|tttttt' "$what: which shows nothing secret"
	[ "$failed" -eq "$_before" ] && echo "$_row $way" >>"$T/matrix"
}

# fails METHOD LINE...: and one with a wrong password.
fails()
{
	_method=$1
	shift
	what="$_method, $way, wrong"
	fresh_home
	account "$@"
	haul
	exits 77 "$what: refused"
	complains "$what: told" "refused"
	is "$(count_mail)" 0 "$what: brings nothing"
}

: >"$T/matrix"
for way in stls pop3s clear; do
	for method in PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256; do
		auth="auth $(echo "$method" | tr A-Z a-z)"
		works "$method" "$auth"
		fails "$method" "$auth" "password wrong"
		fails "$method" "$auth" "user nobody-of-that-name"
	done
	works APOP "auth apop"
	fails APOP "auth apop" "password wrong"
	works USER:PLAIN "auth user" # that is how Dovecot calls USER and PASS
	fails USER "auth user" "password wrong"
	for method in OAUTHBEARER XOAUTH2; do
		auth="auth $(echo "$method" | tr A-Z a-z)"
		works "$method" "$auth" "password good-token"
		works "$method" "$auth" "password $LONG_TOKEN"
		fails "$method" "$auth" "password bad-token"
		complains "$what: in plain words" "$method was refused: the token is not accepted: (invalid_token|40[01])"
	done
done

# What auto takes, and passwords of which Dovecot itself has only digests.
way=pop3s
works SCRAM-SHA-256 "auth auto"
for method in CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256; do
	auth=$(echo "$method" | tr A-Z a-z)
	if grep -q "^$auth:{" "$DOVECOT_DIR/digests"; then
		works "$method" "auth $auth" "user $auth" 'password "s3,cr=t %\"x"'
		fails "$method" "auth $auth" "user $auth" "password wrong"
	else
		skip "$method: doveadm makes no such digest here"
	fi
done
works PLAIN "auth plain" "user sha512-crypt" 'password "s3,cr=t %\"x"'
for method in PLAIN CRAM-MD5 SCRAM-SHA-256; do
	works "$method" "auth $(echo "$method" | tr A-Z a-z)" "user umlaut" \
		"password $(printf '\303\244rger')"
done

# A token that has expired is replaced by the command that prints it.
fresh_home
account "auth xoauth2" \
	"password-command \"[ -n \\\"\$HAULMAIL_TOKEN_REFUSED\\\" ] && echo good-token || echo old\""
sed -i '/password secret/d' "$CONFIG"
haul
exits 0 "an old token"
delivered "is replaced"

# What Dovecot could do before it cannot any more: that costs an attempt, and no more.
fresh_home
account "auth auto"
haul
exits 0 "auto, before"
stop_dovecot
start_dovecot maildir "auth_mechanisms = plain"
account "auth auto"
haul -v
exits 0 "auto, after Dovecot has lost all mechanisms but one"
check "takes what is left" logged_in PLAIN

# The name in a client certificate says who it is, and no password does.
stop_dovecot
(cd "$CERTS" && new_cert alice "extendedKeyUsage=clientAuth" -days 365 && chmod 600 alice.key) \
	>"$T/alice.log" 2>&1
start_dovecot maildir "auth_mechanisms = external
	ssl_ca = <$CERTS/ca.pem
	ssl_require_crl = no
	ssl_verify_client_cert = yes
	ssl_cert_username_field = commonName
	auth_ssl_username_from_cert = yes
	passdb {
	  driver = static
	  mechanisms = external
	  args = nopassword
	}"
for way in stls pop3s; do
	works EXTERNAL "auth external" "tls-cert \"$CERTS/alice.pem\"" \
		"tls-key \"$CERTS/alice.key\""
	fresh_home
	account "auth external"
	haul
	exits 77 "EXTERNAL, $way, without a certificate: refused"
done

{
	printf '%-14s %-6s %-6s %s\n' "" stls pop3s clear
	for method in USER APOP PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 OAUTHBEARER \
		XOAUTH2 EXTERNAL; do
		printf '%-14s' "$method"
		for way in stls pop3s clear; do
			grep -qx "$method $way" "$T/matrix" && cell=yes || cell=NO
			[ "$method $way" != "EXTERNAL clear" ] || cell=- # there is none
			printf ' %-6s' "$cell"
		done
		echo
	done
} | say_comment
finish
