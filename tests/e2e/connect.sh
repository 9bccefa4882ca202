#!/bin/sh
# The way to a server: IPv6, IPv4, names that have both; from an address; through a program; a Unix
# socket; and what is said when there is none.
. "$(dirname "$0")/lib.sh"

# reach TEXT HOST: fetches from there.
reach()
{
	fresh_home
	refill
	home_config "host $2"
	haul
	exits 0 "$1: connects"
	delivered "$1: delivers" --ordered
}

fresh_home
maildrop sample
if can_ipv6; then
	start_server "$DROP" --listen ::1
	reach "an IPv6 address" ::1
	home_config "host 127.0.0.1"
	haul
	exits 75 "an IPv6 server is not at the IPv4 address"
	stop_server
	start_server "$DROP" --listen ::1 --listen 127.0.0.1
	reach "a name with both" localhost
	stop_server
	if localhost_has_ipv6; then
		start_server "$DROP" --listen ::1
		reach "a name with both, and IPv6 only behind it" localhost
		stop_server
	else
		skip "localhost has no IPv6 address here"
	fi
else
	skip "no IPv6 on this machine"
fi
start_server "$DROP" --listen 127.0.0.1
reach "a name with both, and IPv4 only behind it" localhost
reach "an IPv4 address" 127.0.0.1
stop_server

# ---- from an address

fresh_home
start_server "$DROP" --note-peer
refill
home_config "source-address 127.0.0.2"
haul
exits 0 "source-address: fetched"
is "$(sed -n 's/^# 1 from //p' "$TRANSCRIPT")" 127.0.0.2 "source-address: from there"
home_config "source-address ::1"
haul
exits 78 "source-address: of another family than the host's"
complains "source-address: which is told" "127[.]0[.]0[.]1: .*source-address ::1"
home_config "source-address 192.0.2.77"
haul
exits 75 "source-address: not one of this machine"
complains "source-address: which is told" "from 192[.]0[.]2[.]77: Cannot assign"
home_config "source-address gateway"
haul
exits 78 "source-address: a name"
like "$ERR" "config:[0-9:]+ \"source-address\" wants an" "source-address: is a mistake in the config"
stop_server

# ---- nobody there: each reason has its words

# silent_port: listens, and answers no more: its queue is full. Sets PORT.
silent_port()
{
	"$PYTHON" - "$T/silent" <<-'END' &
	import socket, sys, time
	s = socket.socket()
	s.bind(("127.0.0.1", 0))
	s.listen(0)
	full = [socket.socket() for _ in range(8)]
	for c in full:
	    c.setblocking(False)
	    c.connect_ex(s.getsockname())
	time.sleep(0.2)
	with open(sys.argv[1], "w") as f:
	    f.write("%d\n" % s.getsockname()[1])
	time.sleep(600)
	END
	PIDS="$PIDS $!"
	wait_for test -s "$T/silent" && PORT=$(cat "$T/silent")
}

fresh_home
home_config # nobody listens there any more
haul
exits 75 "a port that refuses"
complains "and the reason" "127[.]0[.]0[.]1 port $PORT: .*Connection refused: no server listens there"
check "a port that is silent" silent_port
home_config "timeout ${SHORT}s"
haul
exits 75 "is given up"
complains "and the reason" "timed out: nothing answers there"
if unshare -n true 2>/dev/null; then
	home_config "host 192.0.2.1"
	HAULMAIL_WRAPPER="unshare -n ${HAULMAIL_WRAPPER-}"
	haul
	HAULMAIL_WRAPPER=${HAULMAIL_WRAPPER#unshare -n }
	exits 75 "a machine without a network"
	complains "and the reason" "unreachable: no way leads there"
else
	skip "no machine without a network can be had"
fi
home_config "host bücher.invalid"
haul
exits "68 75" "a name beyond ASCII that is not there" # 75: there is no name server
complains "is looked up in ASCII" "xn--bcher-kva[.]invalid: "

# ---- through a program

cat >"$T/relay" <<'END'
import os, socket, sys, threading
server = socket.create_connection((sys.argv[1], int(sys.argv[2])))
def up():
    while data := os.read(0, 65536):
        server.sendall(data)
    server.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
while data := server.recv(65536):
    while data:
        data = data[os.write(1, data):]
END
relay="$PYTHON -S $T/relay"

fresh_home
start_server "$DROP"
refill
home_config "host pop.example.invalid" \
	"connect-command \"$relay 127.0.0.1 \$HAULMAIL_PORT; echo \$HAULMAIL_HOST >\$HOME/host\""
haul
exits 0 "connect-command: fetched"
delivered "connect-command: delivers" --ordered
is "$(cat "$HOME/host")" pop.example.invalid "connect-command: knows the host"
complains "connect-command: tls off is warned of, wherever it leads" "unencrypted"
home_config "auth apop" "connect-command \"echo x >\$HOME/count; exec $relay 127.0.0.1 $PORT\""
sed -i '/host /d' "$CONFIG"
haul -q
exits 77 "connect-command: needs no host without TLS"
check "connect-command: and was run" test -e "$HOME/count"
home_config "connect-command \"$relay 127.0.0.1 $PORT\"" "tls pop3s"
sed -i '/host /d' "$CONFIG"
haul
exits 78 "connect-command: needs one with TLS"

# fails TEXT COMMAND WORDS: what it says, or how it ended, is part of the error
fails()
{
	home_config "connect-command \"$2\""
	haul -q
	exits 75 "connect-command: $1"
	complains "connect-command: $1: is told" "$3"
}

fails "one that fails" "echo ssh: connect to host gw port 22: Connection refused >&2; exit 255" \
	"127[.]0[.]0[.]1: .*[(]connect-command: ssh: connect to host gw port 22: Connection refused[)]"
fails "one that fails in silence" "exit 3" "the command ended with status 3"
fails "one that is not there" "/no/such/program" "not found"
fails "one that upsets a terminal" "printf 'a\\033[2Jb' >&2" "a.*2Jb"
# the shell and what it starts, of which the pid is known
home_config "timeout ${SHORT}s" \
	"connect-command \"echo hello >&2; trap '' TERM; sleep 600 & echo \$! >\$HOME/pid; wait\""
haul -q
exits 75 "connect-command: one that is silent"
complains "connect-command: is given up" "timed out.*hello"
check "connect-command: and is gone with all it has started" gone "$(cat "$HOME/pid")"

home_config "connect-command \"echo one >&2; echo two >&2; exec $relay 127.0.0.1 $PORT\""
refill
haul -v
exits 0 "connect-command: one that talks"
like "$ERR" "connect-command: one" "connect-command: is heard with -v"
fresh_home
refill
home_config "connect-command \"$relay 127.0.0.1 $PORT; echo \$\$ >\$HOME/pid; sleep 600\""
haul -q
exits 0 "connect-command: one that does not end"
delivered "connect-command: has served" --ordered
check "connect-command: is ended" gone "$(cat "$HOME/pid")"
stop_server

# ---- a Unix socket

fresh_home
start_server "$DROP" --unix "$HOME/pop3"
refill
home_config "socket ~/pop3" "timeout 5s"
sed -i '/host /d; /port /d' "$CONFIG"
haul
exits 0 "socket: fetched"
quiet "socket: nobody warns"
delivered "socket: delivers" --ordered
home_config "socket ~/pop3" "tls pop3s" "timeout ${SHORT}s"
sed -i '/port /d' "$CONFIG"
haul
exits "75 77" "socket: without TLS behind it"
complains "socket: the likely mistake is told" 'usually wants "tls off"'
home_config "socket ~/nowhere"
sed -i '/port /d' "$CONFIG"
haul
exits 75 "socket: one that is not there"
complains "socket: is told" "$HOME/nowhere: cannot connect: No such file"
home_config "socket ~/pop3"
haul
exits 78 "socket: and a port"
stop_server

# ---- a real server behind both

if can_dovecot && DOVECOT_DIR=$T/dovecot && run_dovecot maildir "service pop3-login {
	unix_listener $DOVECOT_DIR/pop3 {
	  mode = 0666
	}
	}"; then
	fresh_home
	maildrop plain 5
	dovecot_mail "$MASTER"
	PORT=$DOVECOT_POP3S
	through="connect-command \"$relay 127.0.0.1 \$HAULMAIL_PORT\""
	home_config "keep yes" "host localhost" "tls pop3s" "tls-ca \"$CERTS/ca.pem\"" "$through"
	haul
	exits 0 "Dovecot, connect-command, TLS"
	quiet "Dovecot, connect-command, TLS: in silence"
	delivered "Dovecot, connect-command, TLS: delivers"
	home_config "keep yes" "host pop.example.org" "tls pop3s" "tls-ca \"$CERTS/ca.pem\"" "$through"
	haul
	exits 77 "Dovecot, connect-command: the certificate is checked against host"
	fresh_home
	home_config "socket $DOVECOT_DIR/pop3"
	sed -i '/host /d; /port /d' "$CONFIG"
	haul
	exits 0 "Dovecot, socket"
	quiet "Dovecot, socket: in silence"
	delivered "Dovecot, socket: delivers"
else
	skip "no Dovecot: $WHY"
fi

finish
