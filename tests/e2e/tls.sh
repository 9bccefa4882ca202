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

# unspoken TEXT: no login was tried, and nothing of the password came over in any other way: not
# by itself, nor in the base64 of a SASL response.
unspoken()
{
	is "$(asked '(USER|PASS|APOP|AUTH).*')" 0 "$1: no login was tried"
	unlike "$(transcript)" "secret|c2VjcmV0|NlY3JldA|zZWNyZX" "$1: no password was sent"
}

# untrusted TEXT PATTERN: refused, with a reason, before any secret was sent.
untrusted()
{
	forget_transcript
	haul
	exits 77 "$1: refused"
	complains "$1: told" "$2"
	unspoken "$1"
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
	elsewhere) why="127.0.0.1: .* for another host: pop.elsewhere.example" ;;
	expired) why="server's certificate expired on $(date -u +%Y)-" ;;
	selfsigned) why="self-signed; .*haulmail info. shows the line" ;;
	esac
	untrusted "certificate $cert" "$why"
	tls_config "tls-verify no"
	haul
	exits 0 "certificate $cert with tls-verify no: succeeds"
	complains "certificate $cert with tls-verify no: warned of" "not verified .tls-verify no"
	delivered "certificate $cert with tls-verify no: delivers" --ordered
	stop_server
done

fresh_home
tls_server good --tls --tls-max 1.1
tls_config "$ca"
untrusted "TLS 1.1" "no version of TLS that tls-min-version allows"
stop_server
fresh_home
tls_server good --tls --tls-max 1.2
tls_config "$ca"
trusted "TLS 1.2"
fresh_home
tls_config "$ca" "tls-min-version 1.3"
untrusted "TLS 1.2 where 1.3 is demanded" "no version of TLS that tls-min-version allows"
stop_server
fresh_home
tls_server good --tls
tls_config "$ca" "tls-min-version 1.3"
trusted "TLS 1.3 where it is demanded"
like "$(transcript)" "tls TLSv1.3" "TLS 1.3 it is"
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
	unspoken "stls, $option"
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

# What was said before TLS is forgotten: whoever could change it would tell us to pipeline, or
# to log in by what a reader of the line can undo.
fresh_home
tls_server good --stls --capa-in-clear PIPELINING --capa-in-clear UIDL --capa-in-clear TOP \
	--capa UIDL --capa TOP --capa USER
tls_config "$ca" "tls stls"
trusted "stls, with capabilities in the clear that lie"
is "$(asked '# [0-9]* pipelined .*')" 0 "nothing is pipelined that only they allowed"
stop_server
fresh_home
tls_server good --stls --capa-in-clear USER --capa UIDL --capa "SASL X-UNHEARD-OF"
tls_config "$ca" "tls stls"
untrusted "stls, USER offered in the clear only" "."
stop_server

# ---- a server that wants to know who we are

(cd "$CERTS" && new_cert client "extendedKeyUsage=clientAuth" -days 365) >"$T/openssl.log" 2>&1
chmod 600 "$CERTS/client.key"
for version in 1.2 1.3; do
	fresh_home
	tls_server good --tls --tls-max "$version" --client-ca "$CERTS/ca.pem"
	tls_config "$ca"
	untrusted "TLS $version, no certificate for a server that wants one" "tls-cert"
	tls_config "$ca" "tls-cert \"$CERTS/client.pem\"" "tls-key \"$CERTS/client.key\""
	trusted "TLS $version, a certificate for a server that wants one"
	stop_server
done
fresh_home
tls_server good --tls --client-ca "$CERTS/ca.pem"
tls_config "$ca" "tls-cert \"$CERTS/selfsigned.pem\"" "tls-key \"$CERTS/selfsigned.key\""
chmod 600 "$CERTS/selfsigned.key"
untrusted "a certificate that the server does not know" "signed the certificate in tls-cert"
stop_server

# ---- a server that wants to shake hands again

# A server of OpenSSL's own, which does so when it is told "r": on its output is what it received.
cat >"$T/renegotiate.py" <<'END'
import subprocess, sys, time
certs, port_file, seen = sys.argv[1:]
server = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:0", "-tls1_2", "-naccept", "1",
    "-cert", certs + "/good.pem", "-key", certs + "/good.key"], stdin=subprocess.PIPE,
    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
def say(line):
    try:
        server.stdin.write(line)
        server.stdin.flush()
    except BrokenPipeError:
        pass # it has given up
with open(seen, "wb", buffering=0) as out:
    for line in server.stdout:
        out.write(line)
        if line.startswith(b"ACCEPT"):
            with open(port_file, "wb") as f:
                f.write(line.rpartition(b":")[2])
        elif line.startswith(b"Secure Renegotiation"): # the first handshake is over
            say(b"r\n")
            time.sleep(0.5)
            say(b"+OK hello\n")
END
"$PYTHON" "$T/renegotiate.py" "$CERTS" "$T/renegotiate.port" "$T/renegotiate.seen" &
PIDS="$PIDS $!"
wait_for test -s "$T/renegotiate.port"
fresh_home
PORT=$(cat "$T/renegotiate.port")
tls_config "$ca"
haul
exits 77 "a second handshake: refused"
complains "a second handshake: told"
wait_for grep -q "accepts that finished" "$T/renegotiate.seen"
like "$(cat "$T/renegotiate.seen")" " 1 server accepts that finished" "there was only the first"
unlike "$(cat "$T/renegotiate.seen")" "USER|PASS|secret" "a second handshake: no password was sent"

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
complains "TLS cut in a message: told" "TLS ended without close_notify"
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
