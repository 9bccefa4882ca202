#!/bin/sh
# TLS: who is trusted, and that nothing secret leaves before the other side is known.
. "$(dirname "$0")/lib.sh"

command -v openssl >/dev/null || skip_all "openssl is not installed"
make_certs || skip_all "the test certificates could not be made"
fresh_home
maildrop sample

# tls_config LINE...: an account with these lines in place of "tls off".
tls_config()
{
	home_config "keep yes" "$@"
	sed -i '/tls off/d' "$CONFIG"
}

# tls_server CERTIFICATE OPTIONS...
tls_server()
{
	_cert=$1
	shift
	start_server "$DROP" --cert "$CERTS/$_cert.pem" --key "$CERTS/$_cert.key" "$@"
}

# trusted TEXT: the run went well.
trusted()
{
	haul
	exits 0 "$1: succeeds"
	delivered "$1: delivers" --ordered
}

# untrusted TEXT PATTERN: refused, with a reason, before any secret was sent.
untrusted()
{
	forget_transcript
	haul
	exits 77 "$1: refused"
	complains "$1: told" "$2"
	is "$(asked '(USER|PASS|APOP|AUTH) .*')" 0 "$1: no login was tried"
	is "$(count_mail)" 0 "$1: nothing is delivered"
}

ca="tls-ca \"$CERTS/ca.pem\""

# ---- pop3s

tls_server good --tls
tls_config "$ca"
trusted "pop3s by default"
like "$(transcript)" "tls TLSv1.[23] alpn=pop3 sni=-" "ALPN is pop3, no SNI for an address"
fresh_home
tls_config "$ca"
sed -i 's/127.0.0.1/localhost/' "$CONFIG"
trusted "pop3s by name"
like "$(transcript)" "sni=localhost" "SNI is the host's name"

fresh_home
tls_config
untrusted "a CA that the system does not know" "certificate"
tls_config "tls-fingerprint sha256:$(fingerprint good)"
trusted "a pinned certificate"
fresh_home
tls_config "tls-fingerprint sha256:$(fingerprint elsewhere)" \
	"tls-fingerprint sha256:$(fingerprint good)"
trusted "one of two pins, as in a key roll-over"
fresh_home
tls_config "tls-fingerprint sha256:$(openssl x509 -in "$CERTS/good.pem" -noout -fingerprint \
	-sha256 | sed 's/.*=//')"
trusted "a pin as openssl prints it"
fresh_home
forget_transcript
tls_config "$ca" "tls-fingerprint sha256:$(fingerprint elsewhere)"
untrusted "another certificate than the pinned one" "fingerprint"
stop_server

for cert in elsewhere expired selfsigned; do
	fresh_home
	tls_server "$cert" --tls
	tls_config "$ca"
	case $cert in
	elsewhere) why="host|name|address|mismatch" ;;
	expired) why="expired" ;;
	selfsigned) why="self.signed" ;;
	esac
	untrusted "certificate $cert" "$why"
	tls_config "tls-verify no"
	haul
	exits 0 "certificate $cert with tls-verify no: succeeds"
	delivered "certificate $cert with tls-verify no: delivers" --ordered
	stop_server
done

fresh_home
tls_server good --tls --tls-max 1.1
tls_config "$ca"
untrusted "TLS 1.1" "version|protocol"
stop_server
fresh_home
tls_server good --tls --tls-max 1.2
tls_config "$ca"
trusted "TLS 1.2"
stop_server

# ---- stls

fresh_home
tls_server good --stls
tls_config "$ca" "tls stls"
trusted "stls"
check "stls: CAPA is asked again inside" test "$(sed -n '/# 1 tls/,$p' "$TRANSCRIPT" |
	grep -cx CAPA)" -ge 1
stop_server
for cert in elsewhere expired selfsigned; do
	fresh_home
	tls_server "$cert" --stls
	tls_config "$ca" "tls stls"
	untrusted "stls, certificate $cert" "."
	stop_server
done

fresh_home
tls_server good --stls
tls_config "$ca" "tls stls"
while IFS= read -r option; do
	forget_transcript
	eval "server_now $option"
	haul
	case $option in
	*TEMP*) exits "75 77" "stls, $option: refused for now" ;;
	*) exits "76 77" "stls, $option: refused" ;;
	esac
	complains "stls, $option: told"
	is "$(asked '(USER|PASS|APOP|AUTH) .*')" 0 "stls, $option: no login was tried"
done <<'END'
--hide-stls
--err STLS=no
--err "STLS=[SYS/TEMP] no"
--say STLS=+OKAY
--say "STLS=huh"
--inject "+OK injected\r\n"
--inject "x"
END
server_now
trusted "stls, after all that"
stop_server

# ---- the wrong kind for the port

fresh_home
start_server "$DROP"
tls_config "$ca"
untrusted "pop3s on a clear port" "stls|tls off|without TLS|not.*TLS"
stop_server
fresh_home
tls_server good --tls
tls_config "$ca" "tls stls" "timeout ${SHORT}s"
haul
exits "75 76 77" "stls on a TLS port: refused"
complains "stls on a TLS port: names the mistake" "pop3s|expects? TLS"
home_config "tls off" "timeout ${SHORT}s"
haul
exits "75 76 77" "tls off on a TLS port: refused"
complains "tls off on a TLS port: names the mistake" "pop3s|expects? TLS"
is "$(asked '(USER|PASS|APOP|AUTH) .*')" 0 "tls off on a TLS port: no login was tried"
stop_server

# ---- an end that is none

fresh_home
tls_server good --tls --cut-at RETR:3=20
tls_config "$ca"
haul
exits 75 "TLS cut in a message: temporary"
is "$(count_mail)" 2 "TLS cut in a message: what was whole is delivered"
stop_server
tls_server good --tls
tls_config "$ca"
trusted "after the cut"
is "$(asked 'RETR .*')" 2 "after the cut only the rest is asked for"
stop_server

fresh_home
tls_server good --tls --hang GREETING
tls_config "$ca" "timeout ${SHORT}s"
haul
exits 75 "silence inside TLS: temporary"
stop_server

# "tls off" must be said: without it nothing goes out in the clear.
fresh_home
start_server "$DROP"
tls_config
haul
exits "76 77" "without a word about TLS a clear server is refused"
is "$(asked '(USER|PASS|APOP|AUTH) .*')" 0 "and gets no password"

finish
