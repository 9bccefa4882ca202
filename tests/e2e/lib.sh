# lib.sh - what the end-to-end tests share. POSIX sh, to be sourced:
#
#	. "$(dirname "$0")/lib.sh"
#
# The environment: HAULMAIL is the program under test (else ./haulmail of the build
# directory), HAULMAIL_WRAPPER a command to run it under, such as valgrind. Both work from
# make check and by hand.
#
#	fresh_home             a new, empty $HOME with nothing of the user's in it
#	config <<END           writes the config file; home_config writes the usual one
#	start_server DIR ...   pop3d.py on $PORT; options go on; stop_server ends it
#	start_hostile ...      hostile.py on $HOSTILE_PORT; script <<END says what it says
#	start_dovecot ...      a real Dovecot on $DOVECOT_POP3 and $DOVECOT_POP3S
#	haul ARGS...           runs haulmail; sets RC, OUT, ERR
#	haul_on_terminal ...   the same at a terminal
#	is, like, check, ...   one TAP line each; finish prints the plan
#
# shellcheck disable=SC2034,SC2119,SC2120 # what is set here is used, and called, elsewhere
#
# Everything lies in $T, a directory that is gone at the end, as are all servers.

E2E=$(cd "$(dirname "$0")" && pwd)
case $E2E in
*/e2e) ;;
*/fault) E2E=${E2E%/fault}/e2e ;;
*) E2E=$E2E/e2e ;; # for tests/demo.sh
esac
NAME=$(basename "$0" .sh)
HAULMAIL=${HAULMAIL:-${abs_top_builddir:-.}/haulmail}
case $HAULMAIL in
/*) ;;
*) HAULMAIL=$(pwd)/$HAULMAIL ;;
esac
PYTHON=/usr/bin/python3
[ -x "$PYTHON" ] || PYTHON=python3
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# How long things may take: under a wrapper everything is much slower.
if [ -n "${HAULMAIL_WRAPPER-}" ]; then SLOW=20; else SLOW=1; fi
LIMIT=$((60 * SLOW)) # seconds until a run counts as hung
SHORT=$((SLOW > 1 ? 10 : 1)) # the timeout to configure where a test waits for it
HALF=$((SHORT / 2)).$((SHORT % 2 * 5)) # of that

# Nothing of the user's surroundings may reach the program under test.
unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_RUNTIME_DIR \
	CREDENTIALS_DIRECTORY NETRC MAIL SSL_CERT_FILE SSL_CERT_DIR OPENSSL_CONF MAKEFLAGS \
	JOURNAL_STREAM
LC_ALL=C TZ=UTC NO_COLOR=1 PYTHONDONTWRITEBYTECODE=1
export PATH LC_ALL TZ NO_COLOR PYTHONDONTWRITEBYTECODE
umask 022

T=$(mktemp -d "${TMPDIR:-/tmp}/haulmail-$NAME.XXXXXX") || exit 99
chmod 711 "$T" # Dovecot's processes pass through
# What valgrind has to say stands here, and not among what haulmail says.
VALGRIND_LOGS=$T/valgrind
export VALGRIND_LOGS
mkdir -m 1777 "$VALGRIND_LOGS" || exit 99
PIDS= # of servers, to be ended
tests=0 failed=0 homes=0 servers=0

clean_up()
{
	trap - EXIT HUP INT TERM
	trap '' PIPE # so that a reader who has gone does not end this
	stop_dovecot
	for _pid in $PIDS; do
		kill "$_pid" 2>/dev/null && wait "$_pid" 2>/dev/null
	done
	if [ -n "${KEEP_TEMP-}" ]; then
		echo "# left behind: $T"
	else
		rm -rf "$T"
	fi
}
trap clean_up EXIT
trap 'clean_up; exit 1' HUP INT TERM PIPE

# ---- TAP

# say_comment: standard input as TAP comments, which end up in the log.
say_comment()
{
	sed 's/^/#   /' | cut -c 1-400 | tr -d '\000-\010\013-\037'
}

pass()
{
	tests=$((tests + 1))
	echo "ok $tests - $*"
}

fail()
{
	tests=$((tests + 1)) failed=$((failed + 1))
	echo "not ok $tests - $*"
}

# verdict STATUS TEXT: one test line.
verdict()
{
	_status=$1
	shift
	if [ "$_status" -eq 0 ]; then pass "$@"; else fail "$@"; fi
}

# check TEXT COMMAND...: the command must succeed; what it says explains a failure.
check()
{
	_text=$1
	shift
	if "$@" >"$T/check" 2>&1; then
		pass "$_text"
	else
		fail "$_text"
		{ echo "failed: $*"; head -n 30 "$T/check"; } | say_comment
		return 1
	fi
}

# refuse TEXT COMMAND...: the command must fail.
refuse()
{
	_text=$1
	shift
	if "$@" >"$T/check" 2>&1; then
		fail "$_text"
		{ echo "succeeded: $*"; head -n 30 "$T/check"; } | say_comment
		return 1
	fi
	pass "$_text"
}

# is GOT WANT TEXT
is()
{
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3"
		printf 'got:  %s\nwant: %s\n' "$1" "$2" | say_comment
		last_run
		return 1
	fi
}

# like STRING PATTERN TEXT: an extended regular expression, in any case.
like()
{
	if printf '%s\n' "$1" | grep -Eiq -e "$2"; then
		pass "$3"
	else
		fail "$3"
		printf 'no match for: %s\nin: %s\n' "$2" "$1" | say_comment
		return 1
	fi
}

unlike()
{
	if printf '%s\n' "$1" | grep -Eiq -e "$2"; then
		fail "$3"
		printf 'a match for: %s\nin: %s\n' "$2" "$1" | say_comment
		return 1
	fi
	pass "$3"
}

# contains STRING PART TEXT
contains()
{
	case $1 in
	*"$2"*) pass "$3" ;;
	*)
		fail "$3"
		printf 'not there: %s\nin: %s\n' "$2" "$1" | say_comment
		return 1
		;;
	esac
}

# skip TEXT: one test that cannot run here.
skip()
{
	tests=$((tests + 1))
	echo "ok $tests # SKIP $*"
}

skip_all()
{
	echo "1..0 # SKIP $*"
	exit 0
}

finish()
{
	echo "1..$tests"
	if [ "$failed" -gt 0 ]; then
		echo "# $failed of $tests failed"
		# To the TAP driver the lines above have said it; a person wants a status.
		[ -n "${abs_top_builddir-}" ] || exit 1
	fi
	exit 0
}

# last_run: how the last haul went, for whoever reads the log of a failure.
last_run()
{
	[ -n "${RC-}" ] || return 0
	{
		echo "haulmail exited with $RC"
		sed 's/^/stdout: /' "$T/out"
		sed 's/^/stderr: /' "$T/err"
		grep -h '^==' "$VALGRIND_LOGS"/*
		[ -z "${TRANSCRIPT-}" ] || tail -n 12 "$TRANSCRIPT" | sed 's/^/server: /'
	} 2>/dev/null | say_comment
}

# ---- the program under test

# fresh_home: a new home directory; $INBOX is where home_config delivers to.
fresh_home()
{
	[ -x "$HAULMAIL" ] || {
		echo "Bail out! There is no program $HAULMAIL"
		exit 1
	}
	homes=$((homes + 1))
	HOME=$T/home$homes
	INBOX=$HOME/inbox
	JOURNAL=$HOME/.local/state/haulmail/home
	CONFIG=$HOME/.config/haulmail/config
	export HOME
	mkdir -p "$HOME/.config/haulmail"
	chmod 700 "$HOME"
}

# config: the config file from standard input.
config()
{
	(umask 077 && cat >"$CONFIG")
}

# home_config [LINE...]: an account on the plain server. A line that is given takes the place
# of those here that begin with the same word: "tls-ca ..." that of "tls off", for example.
home_config()
{
	{
		echo "account home"
		for _line in "host 127.0.0.1" "port $PORT" "tls off" "user alice" "password secret" \
			"timeout $((10 * SLOW))s" "deliver mbox \"$INBOX\""; do
			for _given in "$@"; do
				case $_given in
				"${_line%% *}"*) continue 2 ;;
				esac
			done
			printf "    %s\n" "$_line"
		done
		for _given in "$@"; do
			printf "    %s\n" "$_given"
		done
	} | config
}

# run_haulmail ARGS...: runs it with no terminal at hand and an upper bound on time.
run_haulmail()
{
	# shellcheck disable=SC2086 # the wrapper is a command with its options
	setsid -w timeout -k 5 "$LIMIT" ${HAULMAIL_WRAPPER-} "$HAULMAIL" "$@" </dev/null
}

# haul ARGS...: RC, OUT and ERR tell how it went; files $T/out and $T/err are exact.
haul()
{
	run_haulmail "$@" >"$T/out" 2>"$T/err"
	RC=$?
	OUT=$(tr -d '\000' <"$T/out") ERR=$(tr -d '\000' <"$T/err")
	case $RC in
	99) fail "haulmail $*: no memory error" ;;
	124 | 137) fail "haulmail $*: ends by itself" ;;
	12[5-9] | 1[3-9]? | 2??) fail "haulmail $*: does not crash" ;;
	*) return 0 ;;
	esac
	last_run
	return 0
}

# haul_on_terminal COLUMNS ANSWER ARGS...: like haul, at a terminal of that width, where a question
# gets that answer. OUT is all that is on the screen.
haul_on_terminal()
{
	_columns=$1 _answer=$2
	shift 2
	# shellcheck disable=SC2086 # the wrapper is a command with its options
	timeout -k 5 "$LIMIT" "$PYTHON" "$E2E/terminal.py" "$_columns" "$_answer" \
		${HAULMAIL_WRAPPER-} "$HAULMAIL" "$@" </dev/null >"$T/out" 2>"$T/err"
	RC=$?
	OUT=$(tr -d '\000' <"$T/out") ERR=$(tr -d '\000' <"$T/err")
}

# haul_in_background ARGS...: BG is its process, for the test to signal; end_background
# waits for it, and sets RC, OUT and ERR.
haul_in_background()
{
	${HAULMAIL_WRAPPER-} "$HAULMAIL" "$@" </dev/null >"$T/bg.out" 2>"$T/bg.err" &
	BG=$!
	PIDS="$PIDS $BG"
}

end_background()
{
	wait "$BG"
	RC=$?
	OUT=$(cat "$T/bg.out") ERR=$(cat "$T/bg.err")
}

# exits STATUS TEXT: about the last haul. STATUS may be a list: "75 76".
exits()
{
	case " $1 " in
	*" $RC "*) pass "$2" ;;
	*)
		fail "$2"
		echo "exit status $RC, want $1" | say_comment
		last_run
		return 1
		;;
	esac
}

# quiet TEXT: the last haul said nothing at all.
quiet()
{
	is "$OUT$ERR" "" "$1"
}

# complains TEXT [PATTERN]: the last haul said one line, on stderr, which begins with
# the program and the account, has nothing to upset a terminal, and matches.
complains()
{
	_faults=
	[ -z "$OUT" ] || _faults="$_faults; something on stdout"
	[ "$(wc -l <"$T/err")" -eq 1 ] || _faults="$_faults; not one line"
	case $ERR in
	"haulmail: home: "*) ;;
	*) _faults="$_faults; does not begin with 'haulmail: home: '" ;;
	esac
	printable "$T/err" || _faults="$_faults; control characters"
	[ -z "${2-}" ] || printf '%s\n' "$ERR" | grep -Eiq -e "$2" ||
		_faults="$_faults; no match for $2"
	if [ -z "$_faults" ]; then
		pass "$1"
	else
		fail "$1"
		echo "${_faults#; }" | say_comment
		last_run
		return 1
	fi
}

# printable FILE: nothing in it but text, and no bytes that a terminal would act on.
printable()
{
	[ -z "$(tr -d '\012\040-\176\240-\377' <"$1" | tr '\000' x)" ]
}

# sanitized: was the program built with a sanitizer?
sanitized()
{
	grep -q __asan_init "$HAULMAIL"
}

# unprivileged COMMAND...: runs it with HAULMAIL_WRAPPER set such that haulmail runs as somebody
# to whom permissions apply: nobody, if the test is run by root. Then $HOME becomes his.
unprivileged()
{
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
		return
	fi
	_wrapper=${HAULMAIL_WRAPPER-} _program=$HAULMAIL
	# The directory it was built in may be out of his reach.
	[ -x "$T/haulmail" ] || cp "$HAULMAIL" "$T/haulmail"
	HAULMAIL=$T/haulmail
	HAULMAIL_WRAPPER="setpriv --reuid nobody --regid nogroup --clear-groups $_wrapper"
	chown -R nobody:nogroup "$HOME"
	"$@"
	HAULMAIL=$_program HAULMAIL_WRAPPER=$_wrapper
}

# can_be_unprivileged: is there a way to run it so?
can_be_unprivileged()
{
	[ "$(id -u)" -ne 0 ] || setpriv --reuid nobody --regid nogroup --clear-groups true 2>/dev/null
}

# measured_haul ARGS...: like haul, and sets PEAK to the peak memory in KiB.
measured_haul()
{
	setsid -w timeout -k 5 "$LIMIT" "$PYTHON" -S -I "$E2E/peak.py" "$T/peak" "$HAULMAIL" "$@" \
		</dev/null >"$T/out" 2>"$T/err"
	RC=$?
	OUT=$(cat "$T/out") ERR=$(cat "$T/err") PEAK=$(cat "$T/peak")
}

# peak_below KIB TEXT: about the last measured_haul. A sanitizer has memory of its own.
peak_below()
{
	if sanitized || [ -n "${HAULMAIL_WRAPPER-}" ]; then
		skip "$2: not with a sanitizer or a wrapper"
	else
		check "$2 ($PEAK KiB, budget $1)" test "$PEAK" -lt "$1"
	fi
}

# forget_journal: the account starts afresh.
forget_journal()
{
	rm -f "$JOURNAL" "$JOURNAL.lock"
}

# forget_pauses: the failures in the journal lie long back, so that their pauses are over.
forget_pauses()
{
	sed 's/^\(fail [^ ]* [^ ]*\) [0-9]*/\1 1000000000/' "$JOURNAL" >"$T/journal"
	cat "$T/journal" >"$JOURNAL"
}

# ---- the maildrop and the mbox

makemail() { "$PYTHON" "$E2E/makemail.py" "$@"; }
mboxtool() { "$PYTHON" "$E2E/mboxtool.py" "$@"; }
count_mail() { mboxtool count "${1-$INBOX}"; }

# maildrop KIND [ARGS]: makes the maildrop $DROP, and $MASTER, a copy to compare with.
maildrop()
{
	_kind=$1
	shift
	DROP=$T/drop$homes MASTER=$T/master$homes
	rm -rf "$DROP" "$MASTER"
	makemail "$_kind" "$DROP" "$@"
	cp -R "$DROP" "$MASTER"
}

# refill: the maildrop as it was at first.
refill()
{
	rm -rf "$DROP"
	cp -R "$MASTER" "$DROP"
}

# on_server: how many messages the maildrop holds.
on_server()
{
	find "$DROP" -name '*.eml' | wc -l | tr -d ' '
}

# delivered TEXT [OPTIONS]: the mbox holds what the maildrop held, each exactly once.
delivered()
{
	_text=$1
	shift
	check "$_text" well_formed_and_equal "$@" || last_run
}

well_formed_and_equal()
{
	mboxtool check "$INBOX" && mboxtool compare "$@" "$INBOX" "$MASTER"
}

# nothing_lost TEXT: each message is on the server still, or in the mbox, once.
nothing_lost()
{
	check "$1" mboxtool covered "$INBOX" "$MASTER" "$DROP" || last_run
}

# wait_for COMMAND...: until it succeeds, or too much time has passed.
wait_for()
{
	_tries=$((200 * SLOW))
	until "$@" 2>/dev/null; do
		_tries=$((_tries - 1))
		[ "$_tries" -gt 0 ] || return 1
		sleep 0.05
	done
}

# ---- programs that messages are piped into

# pipe_home MAILS [LINE...]: a fresh home and maildrop; the script from standard input becomes
# the command, in which $calls notes the UIDs it was called with.
pipe_home()
{
	fresh_home
	# shellcheck disable=SC2086 # kind and arguments
	maildrop $1
	shift
	start_server "$DROP"
	command_is
	home_config "deliver pipe \"$HOME/command\"" "$@"
}

command_is()
{
	{
		echo '#!/bin/sh'
		# shellcheck disable=SC2016 # it is expanded there
		echo 'echo "$HAULMAIL_UID" >>"$HOME/calls"'
		cat
	} >"$HOME/command.new"
	chmod 755 "$HOME/command.new"
	mv "$HOME/command.new" "$HOME/command"
}

# calls: how many there were.
calls()
{
	if [ -e "$HOME/calls" ]; then wc -l <"$HOME/calls" | tr -d ' '; else echo 0; fi
}

# For a command: a file for each message, by its UID.
# shellcheck disable=SC2016 # it is expanded there
keeps='mkdir -p "$HOME/got" && cat >"$HOME/got/$HAULMAIL_UID.eml"'

# received TEXT [UID...]: the files of $keeps are the messages of the maildrop, or those of them.
received()
{
	_text=$1
	shift
	check "$_text" same_files "$@"
}

same_files()
{
	if [ $# -eq 0 ]; then
		# shellcheck disable=SC2046 # no blanks in these names
		set -- $(cd "$MASTER" && find . -name '*.eml' | sed 's/..//; s/[.]eml$//')
	fi
	"$PYTHON" -c 'if True:
		import os, sys
		sys.path.insert(0, sys.argv[1])
		import mboxtool
		got, master, uids = sys.argv[2], sys.argv[3], sys.argv[4:]
		def read(directory, uid):
			with open(os.path.join(directory, uid + ".eml"), "rb") as f:
				return f.read()
		faults = set(os.listdir(got)) ^ {uid + ".eml" for uid in uids}
		if not faults:
			faults = [uid for uid in uids
				if read(got, uid) != mboxtool.lf_form(read(master, uid))]
		sys.exit(" ".join(faults) or 0)' "$E2E" "$HOME/got" "$MASTER" "$@"
}

# gone PID...: those processes have ended, or will in a moment.
gone()
{
	for _pid; do
		wait_for does_not_run "$_pid" || return 1
	done
}

does_not_run()
{
	# a zombie that nobody has looked after yet does not run
	! grep -q '^State:[[:blank:]]*[^ZX]' "/proc/$1/status"
}

# ---- the suite's own server

# start_peer PROGRAM [OPTIONS]: starts a server of the suite, the next after $servers, whose transcript
# is $T/transcript$servers. Sets _pid and _port.
start_peer()
{
	_program=$1
	shift
	: >"$T/transcript$servers"
	"$PYTHON" "$E2E/$_program" --port-file "$T/port$servers" \
		--transcript "$T/transcript$servers" "$@" >>"$T/server.log" 2>&1 &
	_pid=$!
	PIDS="$PIDS $_pid"
	if ! wait_for test -s "$T/port$servers"; then
		echo "Bail out! $_program did not start"
		say_comment <"$T/server.log"
		exit 1
	fi
	_port=$(cat "$T/port$servers")
}

# start_server DIRECTORY [pop3d.py OPTIONS]: sets PORT and TRANSCRIPT.
start_server()
{
	servers=$((servers + 1))
	TRANSCRIPT=$T/transcript$servers SERVER_OPTIONS=$T/options$servers
	start_peer pop3d.py --options-file "$SERVER_OPTIONS" "$@"
	SERVER=$_pid PORT=$_port
}

stop_server()
{
	kill "$SERVER" 2>/dev/null
	wait "$SERVER" 2>/dev/null
}

# server_now OPTIONS...: what the running server does from the next connection on,
# beside what it was started with. Without options: nothing special.
server_now()
{
	for _option in "$@"; do
		printf "'%s'\n" "$(printf '%s\n' "$_option" | sed "s/'/'\\\\''/g")"
	done >"$SERVER_OPTIONS.new"
	mv "$SERVER_OPTIONS.new" "$SERVER_OPTIONS"
}

# ---- a server that mail goes onward to

# start_smtp [smtpd.py OPTIONS]: sets SMTP_PORT, SMTP_TRANSCRIPT, and SENT, a directory of what it
# has accepted.
start_smtp()
{
	servers=$((servers + 1))
	SMTP_TRANSCRIPT=$T/transcript$servers SMTP_OPTIONS=$T/options$servers SENT=$T/sent$servers
	start_peer smtpd.py --options-file "$SMTP_OPTIONS" "$@" "$SENT"
	SMTP_SERVER=$_pid SMTP_PORT=$_port
}

stop_smtp()
{
	kill "$SMTP_SERVER" 2>/dev/null
	wait "$SMTP_SERVER" 2>/dev/null
}

# smtp_now OPTIONS...: what it does from the next connection on, beside what it was started with.
smtp_now()
{
	_pop3=$SERVER_OPTIONS
	SERVER_OPTIONS=$SMTP_OPTIONS
	server_now "$@"
	SERVER_OPTIONS=$_pop3
}

# told PATTERN: how many lines of the transcript match the extended regular expression.
told()
{
	grep -Ecx -e "$1" "$SMTP_TRANSCRIPT"
}

# sent: how many messages it has accepted.
sent()
{
	find "$SENT" -name '*.eml' | wc -l | tr -d ' '
}

# transcript: what the server received; forget_transcript starts it anew.
transcript() { cat "$TRANSCRIPT"; }
forget_transcript() { : >"$TRANSCRIPT"; }

# asked PATTERN: how many commands (whole lines) match the extended regular expression.
asked()
{
	grep -Ecx -e "$1" "$TRANSCRIPT"
}

# flights: the round trips of the last session that has ended.
flights()
{
	sed -n 's/^# [0-9]* close flights=\([0-9]*\).*/\1/p' "$TRANSCRIPT" | tail -n 1
}

# can_ipv6: does this machine have the address ::1?
can_ipv6()
{
	"$PYTHON" -c 'import socket; socket.socket(socket.AF_INET6).bind(("::1", 0))' 2>/dev/null
}

# localhost_has_ipv6: and does the name lead to it?
localhost_has_ipv6()
{
	"$PYTHON" -c 'if True:
		import socket
		socket.getaddrinfo("localhost", 110, socket.AF_INET6)' 2>/dev/null
}

# ---- a server without manners

# start_hostile [hostile.py OPTIONS]: plays the script that script() writes from standard input.
# Sets HOSTILE_PORT and HOSTILE_TRANSCRIPT.
start_hostile()
{
	servers=$((servers + 1))
	HOSTILE_TRANSCRIPT=$T/transcript$servers HOSTILE_SCRIPT=$T/script$servers
	start_peer hostile.py "$@" "$HOSTILE_SCRIPT"
	HOSTILE_PORT=$_port
}

script()
{
	cat >"$HOSTILE_SCRIPT"
}

# judge STATUS PATTERN: what is wrong with the last timed_haul against such a server, in $_bad: it ends
# with one of these statuses, in few words that name somebody by PATTERN, within BUDGET and PATIENCE.
judge()
{
	_bad=
	case " $1 " in
	*" $RC "*) ;;
	*) _bad="exit status $RC; " ;;
	esac
	if [ "$RC" -ne 0 ]; then
		grep -q '^haulmail: home: ' "$T/err" || _bad="${_bad}no word; "
		grep -Eq "$2" "$T/err" || _bad="${_bad}nobody is named; "
	fi
	printable "$T/err" || _bad="${_bad}control characters; "
	[ "$(wc -c <"$T/err")" -lt 2000 ] || _bad="${_bad}many words; "
	[ "$PEAK" -lt "$BUDGET" ] || _bad="${_bad}$PEAK KiB; "
	[ "$TOOK" -le "$PATIENCE" ] || _bad="${_bad}$TOOK s; "
}

# timed_haul ARGS...: like measured_haul where memory can be measured; sets TOOK, in seconds.
timed_haul()
{
	_start=$(date +%s)
	if sanitized || [ -n "${HAULMAIL_WRAPPER-}" ]; then
		haul "$@"
		PEAK=0
	else
		measured_haul "$@"
	fi
	TOOK=$(($(date +%s) - _start))
}

# ---- certificates

# make_certs: in $CERTS, a test CA (ca.pem) and what it signed: good (localhost, 127.0.0.1,
# ::1), elsewhere (another host), expired; and selfsigned, which nobody signed.
make_certs()
{
	CERTS=$T/certs
	[ ! -d "$CERTS" ] || return 0
	command -v openssl >/dev/null || return 1
	mkdir "$CERTS"
	_here="subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"
	(
		cd "$CERTS" && {
			new_key ca && openssl req -x509 -new -key ca.key -subj "/CN=Test CA" \
				-days 3650 -addext basicConstraints=critical,CA:true -out ca.pem &&
			new_cert good "$_here" -days 365 &&
			new_cert elsewhere "subjectAltName=DNS:pop.elsewhere.example" -days 365 &&
			new_cert expired "$_here" -days 0 &&
			new_key selfsigned && openssl req -x509 -new -key selfsigned.key \
				-subj "/CN=localhost" -days 365 -addext "$_here" -out selfsigned.pem
		} && chmod 644 ./*
	) >"$T/openssl.log" 2>&1 || {
		say_comment <"$T/openssl.log"
		return 1
	}
}

new_key()
{
	openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
}

# new_cert NAME SUBJECTALTNAME OPTIONS...: signed by the test CA.
new_cert()
{
	_name=$1
	echo "$2" >"$_name.ext"
	shift 2
	new_key "$_name" && openssl req -new -key "$_name.key" -subj "/CN=$_name" \
		-out "$_name.csr" && openssl x509 -req -in "$_name.csr" -CA ca.pem -CAkey ca.key \
		-CAcreateserial -extfile "$_name.ext" -out "$_name.pem" "$@"
}

# fingerprint NAME: SHA-256 of that certificate, in lower case without colons.
fingerprint()
{
	openssl x509 -in "$CERTS/$1.pem" -noout -fingerprint -sha256 |
		sed 's/.*=//; s/://g' | tr A-F a-f
}

# ---- Dovecot

DOVECOT=
DOVECOT_DIR=$T/dovecot

# can_dovecot: can a real Dovecot run here? If not, WHY says why not.
can_dovecot()
{
	WHY=
	if ! command -v dovecot >/dev/null || [ ! -x /usr/lib/dovecot/pop3-login ]; then
		WHY="dovecot-pop3d is not installed"
	elif ! id -un >/dev/null 2>&1; then
		WHY="the user id has no name, which Dovecot wants"
	elif ! make_certs; then
		WHY="openssl makes no certificates here"
	fi
	[ -z "$WHY" ]
}

# need_dovecot: skips the whole test where it cannot.
need_dovecot()
{
	can_dovecot || skip_all "$WHY"
}

# start_dovecot [mbox|maildir] [LINES]: an instance of our own on loopback, for the user
# alice with the password secret; LINES go into its configuration. Sets DOVECOT_POP3 (clear
# and STLS) and DOVECOT_POP3S. The maildrop of an earlier start is kept.
start_dovecot()
{
	run_dovecot "$@" || skip_all "$WHY"
}

# run_dovecot: the same, but a failure is the caller's business; WHY has the reason.
run_dovecot()
{
	_storage=${1:-maildir}
	_lines=${2-}
	can_dovecot || return 1
	mkdir -p "$DOVECOT_DIR/mail"
	chmod 755 "$DOVECOT_DIR"
	for _try in 1 2 3 4 5; do
		# Below the ephemeral range, so that nobody's outgoing connection sits there.
		_base=$(($("$PYTHON" -c 'import random; print(random.randrange(10000, 15000))') * 2))
		DOVECOT_POP3=$_base DOVECOT_POP3S=$((_base + 1))
		dovecot_config >"$DOVECOT_DIR/dovecot.conf"
		_become=
		if [ "$(id -u)" -eq 0 ]; then # whose mail Dovecot does not serve
			_become="setpriv --reuid nobody --regid nogroup --clear-groups"
			chown -R nobody:nogroup "$DOVECOT_DIR"
		fi
		# shellcheck disable=SC2086 # it is several words, or none
		$_become env -i PATH="$PATH" TZ=UTC \
			dovecot -F -c "$DOVECOT_DIR/dovecot.conf" >"$T/dovecot.out" 2>&1 &
		DOVECOT=$!
		if wait_for dovecot_answers; then
			return 0
		fi
		stop_dovecot
	done
	WHY="Dovecot does not start here: $(cat "$T/dovecot.out" "$DOVECOT_DIR/log" 2>/dev/null |
		tail -n 1)"
	return 1
}

# stop_dovecot: it takes a second to go, for which only the end of the test waits.
stop_dovecot()
{
	[ -n "$DOVECOT" ] || return 0
	kill "$DOVECOT" 2>/dev/null
	PIDS="$PIDS $DOVECOT"
	DOVECOT=
}

dovecot_answers()
{
	kill -0 "$DOVECOT" 2>/dev/null || _tries=1 # it has given up, so does wait_for
	"$PYTHON" - "$DOVECOT_POP3" <<-'END'
	import socket, sys
	s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)
	sys.exit(not s.makefile("rb").readline().startswith(b"+OK"))
	END
}

dovecot_config()
{
	if [ "$(id -u)" -eq 0 ]; then
		_user=nobody _group=nogroup
	else
		_user=$(id -un) _group=$(id -gn)
	fi
	case $_storage in
	mbox) _location="mbox:$DOVECOT_DIR/mail/boxes:INBOX=$DOVECOT_DIR/mail/inbox" ;;
	*) _location="maildir:$DOVECOT_DIR/mail/Maildir" ;;
	esac
	mkdir -p "$DOVECOT_DIR/mail/boxes"
	echo "alice:{PLAIN}secret" >"$DOVECOT_DIR/passwd"
	cat <<-END
	base_dir = $DOVECOT_DIR/run$DOVECOT_POP3
	state_dir = $DOVECOT_DIR/run$DOVECOT_POP3
	instance_name = haulmail-test-$$
	log_path = $DOVECOT_DIR/log
	protocols = pop3
	listen = 127.0.0.1
	default_internal_user = $_user
	default_internal_group = $_group
	default_login_user = $_user
	first_valid_uid = 1
	first_valid_gid = 1
	mail_location = $_location
	mail_uid = $_user
	mail_gid = $_group
	mbox_write_locks = fcntl
	disable_plaintext_auth = no
	auth_mechanisms = plain login apop
	ssl = yes
	ssl_cert = <$CERTS/good.pem
	ssl_key = <$CERTS/good.key
	passdb {
	  driver = passwd-file
	  args = $DOVECOT_DIR/passwd
	}
	userdb {
	  driver = static
	  args = uid=$_user gid=$_group home=$DOVECOT_DIR/mail
	}
	service pop3-login {
	  chroot =
	  inet_listener pop3 {
	    port = $DOVECOT_POP3
	  }
	  inet_listener pop3s {
	    port = $DOVECOT_POP3S
	    ssl = yes
	  }
	}
	service anvil {
	  chroot =
	}
	service stats {
	  chroot =
	}
	$_lines
	END
}

# dovecot_mail DIRECTORY: its messages become new mail of the running Dovecot's user.
dovecot_mail()
{
	"$PYTHON" - "$_storage" "$DOVECOT_DIR/mail" "$1" <<-'END'
	import os, sys, time
	storage, mail, source = sys.argv[1:]
	names = sorted(n for n in os.listdir(source) if n.endswith(".eml"))
	if storage == "mbox":
	    with open(mail + "/inbox", "ab") as inbox:
	        for name in names:
	            text = open(os.path.join(source, name), "rb").read()
	            inbox.write(b"From test@example.org Mon Aug  4 09:12:44 2025\n" + text + b"\n")
	else:
	    for part in ("cur", "new", "tmp"):
	        os.makedirs(mail + "/Maildir/" + part, exist_ok=True)
	    for i, name in enumerate(names):
	        text = open(os.path.join(source, name), "rb").read()
	        unique = "%d.M%06dP%d.test" % (time.time(), i, os.getpid())
	        with open(mail + "/Maildir/tmp/" + unique, "wb") as f:
	            f.write(text)
	        os.rename(mail + "/Maildir/tmp/" + unique, mail + "/Maildir/new/" + unique)
	END
	[ "$(id -u)" -ne 0 ] || chown -R nobody:nogroup "$DOVECOT_DIR/mail"
}

# dovecot_count: how many messages Dovecot has for the user, by its own word.
dovecot_count()
{
	"$PYTHON" - "$DOVECOT_POP3" <<-'END'
	import poplib, sys
	p = poplib.POP3("127.0.0.1", int(sys.argv[1]))
	p.user("alice"); p.pass_("secret")
	print(p.stat()[0])
	p.quit()
	END
}
