#!/bin/sh
# haulmail init: finds the server, tries the login, and writes a config file.

# A network and a resolver of its own, where that can be had: then NAMES is set.
if [ -z "${NAMES-}" ] && [ "$(id -u)" -eq 0 ] && unshare -n -m true 2>/dev/null &&
	command -v ip >/dev/null; then
	NAMES=yes
	export NAMES
	exec unshare -n -m sh "$0"
fi
[ -z "${NAMES-}" ] || ip link set lo up
. "$(dirname "$0")/lib.sh"

# init ARGS...: with --yes. typed ANSWER... -- ARGS...: on a terminal, PROMPT=TEXT each.
init() { haul init --yes "$@"; }
typed()
{
	: >"$T/answers"
	set -- "$@" "$PYTHON" "$E2E/screen.py" --columns 200 --limit "$LIMIT"
	while [ "$1" != -- ]; do
		set -- "$@" --answer "$1"
		shift
	done
	shift
	_n=$#
	# the options of haulmail come first, and have to go last
	while [ "$1" != "$PYTHON" ]; do
		printf '%s\n' "$1" >>"$T/answers"
		shift
	done
	# shellcheck disable=SC2046,SC2086 # words
	"$@" -- ${HAULMAIL_WRAPPER-} "$HAULMAIL" $(cat "$T/answers") init >"$T/seen"
	SEEN=$(cat "$T/seen")
	RC=$(sed -n 's/^status: //p' "$T/seen")
	OUT=$SEEN ERR=
}

mode() { stat -c %a "$1"; }

fresh_home
rm -rf "$HOME/.config"
make_certs
maildrop sample
start_server "$DROP" --user alice@example.test
printf 'secret\n' >"$HOME/pw"
chmod 600 "$HOME/pw"
here="host=127.0.0.1 port=$PORT tls=off timeout=$((10 * SLOW))s"

# shellcheck disable=SC2086 # words
init alice@example.test $here password-file="$HOME/pw" deliver='mbox "~/in box"' keep=yes
exits 0 "--yes with all that is needed"
is "$(mode "$CONFIG")" 600 "the file is for its owner alone"
contains "$OUT" "4 messages are there" "the login was tried"
like "$OUT" "wrote $CONFIG" "and the file is named"
is "$(asked 'RETR .*|DELE .*')" 0 "nothing was fetched"
refuse "nothing else is left" test -e "$CONFIG.new"
haul config
exits 0 "what was written is right"
haul
exits 0 "a fetch by it succeeds"
is "$(count_mail "$HOME/in box")" 4 "and delivers where it was told to"
check "it is explained in comments" grep -q '# the name to log in with' "$CONFIG"
cp "$CONFIG" "$T/before"
# shellcheck disable=SC2086 # words
init bob@example.test $here
exits 73 "a config file that is there"
like "$ERR" "overwrites nothing" "is told of"
check "and left as it is" cmp "$CONFIG" "$T/before"

haul -c "$HOME/other" init --yes alice@example.test host=127.0.0.1 port="$PORT" tls=off
exits 0 "no password yet"
like "$ERR" "login was not tried" "is said"
check "the file is where -c says" test -e "$HOME/other"

server_now --err 'PASS=[AUTH] no'
# shellcheck disable=SC2086 # words
haul -c "$HOME/new" init --yes alice@example.test $here password-file="$HOME/pw"
exits 77 "a login that is refused"
like "$ERR" "nothing was written" "is told"
refuse "and nothing is written" test -e "$HOME/new" -o -e "$HOME/new.new"
server_now

for wrong in "" "alice" "@example.test" "alice@" "alice@example.test nosuch=1" \
	"alice@example.test password=x" "alice@example.test host" "alice@example.test=x host=y"; do
	# shellcheck disable=SC2086 # words
	haul -c "$HOME/new" init --yes $wrong
	exits "64 68" "'$wrong' is refused"
done
haul -c "$HOME/new" init --yes alice@example.test 'host=a
password x'
exits 64 "a line end in a value is refused"
haul -c "$HOME/new" init --yes alice@example.test host=127.0.0.1 keep=perhaps
exits 78 "a value that is wrong"
like "$ERR" '"keep"' "is told as in a config file"
refuse "and nothing is written" test -e "$HOME/new"
haul -c "$HOME/new" init alice@example.test
exits 64 "without a terminal, and without --yes"
like "$ERR" "terminal" "is told"

# On a terminal. A password that is typed is not echoed, and stands in the file alone.
typed "Mail address=alice" -- -c "$HOME/new"
is "$RC" 64 "typed: an address that is none"
typed "server=127.0.0.1" -- -c "$HOME/none"
refuse "the end of the input writes nothing" test -e "$HOME/none"
stop_server

if [ -n "${NAMES-}" ] && [ -n "${CERTS-}" ]; then
	echo "nameserver 127.0.0.1" >"$T/resolv.conf"
	mount --bind "$T/resolv.conf" /etc/resolv.conf
	SSL_CERT_FILE=$CERTS/ca.pem
	export SSL_CERT_FILE
	(cd "$CERTS" && new_cert named "subjectAltName=DNS:box.example.test,DNS:pop.usual.test,\
DNS:mx.elsewhere.test" -days 30) 2>/dev/null
	start_server "$DROP" --user alice@example.test --tls --cert "$CERTS/named.pem" \
		--key "$CERTS/named.key"
	stls=$PORT
	start_server "$DROP" --user alice@example.test --tls --cert "$CERTS/named.pem" \
		--key "$CERTS/named.key"
	cat >"$T/zone" <<-END
	_pop3s._tcp.example.test SRV 20 0 1 box.example.test
	_pop3s._tcp.example.test SRV 30 0 $PORT box.example.test
	_pop3s._tcp.elsewhere.test SRV 0 0 $PORT mx.elsewhere.test
	_pop3s._tcp.moved.test SRV 0 0 $PORT mx.elsewhere.test
	_pop3s._tcp.none.test SRV 0 0 0 .
	_pop3s._tcp.liar.test SRV 0 0 $PORT pop.liar.test
	box.example.test A 127.0.0.1
	mx.elsewhere.test A 127.0.0.1
	pop.usual.test A 127.0.0.1
	pop.liar.test A 127.0.0.1
	END
	"$PYTHON" "$E2E/named.py" "$T/zone" >"$T/named.out" 2>&1 &
	PIDS="$PIDS $!"
	wait_for grep -q ready "$T/named.out"

	haul -c "$HOME/srv" init --yes alice@example.test password-file="$HOME/pw"
	exits 0 "a server found by SRV records"
	contains "$OUT" "box.example.test, port $PORT, found by the SRV record" "the first that answers"
	check "is written" grep -q 'host box.example.test' "$HOME/srv"
	check "with its port" grep -q "port $PORT" "$HOME/srv"
	check "and tls" grep -q "tls pop3s" "$HOME/srv"
	haul -c "$HOME/new" init --yes alice@moved.test password-file="$HOME/pw"
	exits 68 "one outside of the domain"
	like "$ERR" "say host=mx.elsewhere.test" "is not taken for granted"
	is "$(asked 'USER .*|AUTH .*')" 1 "and gets no password" # that is of the one above
	haul -c "$HOME/new" init --yes alice@none.test
	exits 68 "a domain that has no such service"
	haul -c "$HOME/new" -v init --yes alice@liar.test
	exits 68 "a server that is not whom DNS says"
	like "$ERR" "pop.liar.test" "is passed over, with -v a reason"
	refuse "nothing is written" test -e "$HOME/new"

	typed "Mail address=alice@moved.test" "your password?=yes" "User name=alice@example.test" \
		"asked each time=here" "Password: =wrong" "Deliver to=maildir ~/my mail" \
		"on the server=yes" "and password?=yes" "User name=alice@example.test" \
		"asked each time=here" "Password: =secret" -- -c "$HOME/typed"
	is "$RC" 0 "typed: all of it"
	unlike "$SEEN" "line: .*secret" "no password is shown"
	is "$(mode "$HOME/typed")" 600 "the file is for its owner alone"
	check "the password stands in it" grep -q 'password secret' "$HOME/typed"
	haul -c "$HOME/typed"
	exits 0 "a fetch by it succeeds"
	is "$(find "$HOME/my mail/new" -type f | wc -l | tr -d ' ')" 4 "and delivers"

	"$PYTHON" -c 'if True:
		import socket, sys, threading
		def copy(a, b):
			while data := a.recv(65536):
				b.sendall(data)
			b.shutdown(socket.SHUT_WR)
		s = socket.create_server(("127.0.0.1", 995))
		while True:
			a = s.accept()[0]
			b = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
			for pair in (a, b), (b, a):
				threading.Thread(target=copy, args=pair, daemon=True).start()' "$stls" 2>/dev/null &
	PIDS="$PIDS $!"
	wait_for "$PYTHON" -c 'import socket; socket.create_connection(("127.0.0.1", 995))'
	haul -c "$HOME/usual" init --yes alice@usual.test user=alice@example.test \
		password-file="$HOME/pw"
	exits 0 "a server found by its name"
	contains "$OUT" "pop.usual.test, port 995, found by its name" "and port"
	umount /etc/resolv.conf
else
	skip "servers found by DNS: no network namespace can be had"
fi

finish
