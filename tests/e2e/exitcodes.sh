#!/bin/sh
# Exit statuses by sysexits: what is temporary, what is not, each with one clear line.
. "$(dirname "$0")/lib.sh"

fresh_home
maildrop sample
start_server "$DROP"
home_config

# answer STATUS PATTERN OPTION...: how a run against this server ends.
answer()
{
	_status=$1 _pattern=$2
	shift 2
	server_now "$@"
	haul
	exits "$_status" "$*"
	complains "$*: told" "$_pattern"
}

answer 77 "bad password" --err "PASS=[AUTH] bad password"
answer 77 "bad password" --err "PASS=bad password"
answer 77 "who is that" --err "USER=[AUTH] who is that"
answer 75 "busy now" --err "PASS=[IN-USE] busy now"
answer 75 "too soon" --err "PASS=[LOGIN-DELAY] too soon"
answer 75 "later" --err "PASS=[SYS/TEMP] later"
answer "76 77" "never" --err "PASS=[SYS/PERM] never"
answer 75 "later" "--greeting=-ERR [SYS/TEMP] come back later"
answer "75 76 77" "go away" "--greeting=-ERR go away"
answer 76 "SMTP" "--greeting=220 mail.example.org SMTP"
answer 76 "." "--greeting="
answer 76 "." --say "PASS=+OKAY"
answer 76 "hello" --say "STAT=hello"
answer 75 "later" --err "UIDL=[SYS/TEMP] later"
answer 75 "later" --err "STAT=[SYS/TEMP] later"
answer 75 "." --cut-at UIDL=3
answer 75 "." --cut-after 0
answer 75 "." --cut-at RETR=0 --reset

is "$(on_server)" 4 "after all that the server has everything"
server_now
haul
exits 0 "and one good run"
delivered "brings it, once" --ordered

stop_server
haul
exits 75 "a server that is not there"
complains "is told" "refused"

sed -i 's/host .*/host nosuch.invalid/' "$CONFIG"
haul
want=$("$PYTHON" -c 'if True:
	import socket
	try:
		socket.getaddrinfo("nosuch.invalid", 110)
	except socket.gaierror as e:
		print(75 if e.errno == socket.EAI_AGAIN else 68)')
exits "$want" "a host without an address"
complains "is named" "nosuch.invalid"

# Two runs at once on one account.
fresh_home
maildrop sample
start_server "$DROP" --hang RETR:1
home_config
haul_in_background
wait_for grep -q "^RETR 1" "$TRANSCRIPT"
haul
exits 75 "a second run on the same account gives way"
complains "and says why" "lock|running|run"
is "$(asked '# . open')" 1 "without connecting"
kill "$BG"
end_background
server_now
stop_server
start_server "$DROP"
home_config
haul
exits 0 "when the first has gone, so has its lock"
delivered "and everything comes once"

finish
