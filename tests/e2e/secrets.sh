#!/bin/sh
# Passwords: where they come from when the config has none, and where they never show.
. "$(dirname "$0")/lib.sh"

P='S3cr3t-gr3p-m3 "\ #'
QUOTED='"S3cr3t-gr3p-m3 \"\\ #"'
PATTERN=gr3p-m3
ulimit -S -c "$(ulimit -H -c)" 2>/dev/null # so that a core could be left at all
core_limit=$(ulimit -c)

# account LINE...: one that has no password in the config, unless a line gives one.
account()
{
	home_config "$@"
	sed -i '/^    password secret$/d' "$CONFIG"
}

# comes TEXT [ARGS]: the mail arrives.
comes()
{
	_what=$1
	shift
	forget_transcript
	refill
	rm -rf "$INBOX" "$HOME/.local"
	haul "$@"
	exits 0 "$_what"
	delivered "$_what: delivers" --ordered
}

# fails TEXT PATTERN: nothing is sent, and the reason is told.
fails()
{
	forget_transcript
	haul
	exits 78 "$1"
	complains "$1: is told" "$2"
	is "$(asked 'USER.*|PASS.*|APOP.*')" 0 "$1: nobody logs in"
	unlike "$OUT$ERR" "$PATTERN" "$1: the password is not told"
}

netrc()
{
	(umask 077 && cat >"${NETRC:-$HOME/.netrc}")
}

fresh_home
maildrop plain 3
start_server "$DROP" --password "$P"

# ---- systemd

mkdir "$HOME/credentials"
CREDENTIALS_DIRECTORY=$HOME/credentials
export CREDENTIALS_DIRECTORY
account
fails "neither a credential nor ~/.netrc" "no password"
printf '%s' "$P" >"$HOME/credentials/home"
chmod 440 "$HOME/credentials/home" # as systemd makes them
comes "a credential of systemd"
echo "machine 127.0.0.1 password wrong" | netrc
comes "a credential goes before ~/.netrc"
account 'password "wrong"'
haul
exits 77 "a password in the config goes before both"
unset CREDENTIALS_DIRECTORY

# ---- netrc

account
netrc <<END
# a comment
machine pop.example.org login alice password wrong
macdef init
machine 127.0.0.1 login alice password wrong

machine 127.0.0.1 login bob password wrong
machine 127.0.0.1
	login alice account x password $QUOTED
default login alice password wrong
END
comes "~/.netrc"
printf '%s\n' "machine pop.example.org password wrong" "default login alice password $QUOTED" | netrc
comes "~/.netrc: default"
chmod 640 "$HOME/.netrc"
fails "~/.netrc that others can read" "$HOME/.netrc: others may read .*chmod 600"
account "password-command \"printf '%s' '$(printf '%s' "$P" | sed 's/["\\]/\\&/g')'\""
comes "~/.netrc that others can read, but is not needed"
chmod 600 "$HOME/.netrc"

echo "machine 127.0.0.1 login alice password \"$PATTERN" | netrc
account
fails "~/.netrc with a quote too few" "[.]netrc: line 1: a quote is missing"
NETRC=$HOME/elsewhere
export NETRC
printf '%s\n' "machine 127.0.0.1 login alice password $QUOTED" | netrc
sed -i '/user /d' "$CONFIG"
comes "\$NETRC"
is "$(asked 'USER alice')" 1 "\$NETRC: and the name comes from there"
haul config
unlike "$OUT" "^    user " "config: does not show a name that was not set"
unlike "$OUT$ERR" "$PATTERN" "config: nor the password"
unset NETRC

# ---- a person

# at_terminal ANSWER ARGS...: runs it at a terminal of its own, where somebody answers the first
# question. Sets RC, and OUT to what the terminal shows.
cat >"$T/terminal" <<'END'
import os, pty, select, signal, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[3], sys.argv[3:])
shown = b""
asked = False
while True:
    if not select.select([fd], [], [], int(sys.argv[1]))[0]:
        os.kill(pid, signal.SIGKILL)
        break
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    shown += data
    if not data:
        break
    if not asked and shown.endswith(b": "):
        os.write(fd, os.fsencode(sys.argv[2]) + b"\n")
        asked = True
os.write(1, shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END

at_terminal()
{
	_answer=$1
	shift
	# shellcheck disable=SC2086 # the wrapper is a command with its options
	"$PYTHON" "$T/terminal" $((20 * SLOW)) "$_answer" ${HAULMAIL_WRAPPER-} "$HAULMAIL" "$@" >"$T/out" 2>"$T/err"
	RC=$?
	OUT=$(cat "$T/out") ERR=$(cat "$T/err")
}

fresh_home
refill
account
at_terminal "$P"
exits 0 "a person is asked"
like "$OUT" "Password for alice at 127[.]0[.]0[.]1:" "for which account"
unlike "$OUT" "$PATTERN" "and what is typed does not show"
delivered "and the mail comes" --ordered
fresh_home
refill
account "password-command \"printf 'PIN: ' >/dev/tty; read -r x </dev/tty; cat ~/pw\""
(umask 077 && printf '%s\n' "$P" >"$HOME/pw")
at_terminal "1234"
exits 0 "password-command can ask at the terminal"
delivered "and the mail comes" --ordered

# ---- who gets to see it

# spy: a script that notes, as $kind, what a command can see of itself and of haulmail.
cat >"$T/spy" <<'END'
cd "$HOME" && {
	env
	tr '\000' '\n' </proc/$$/environ
	tr '\000' '\n' </proc/$PPID/environ
	tr '\000' '\n' </proc/$PPID/cmdline
} >"seen.$kind"
# the limit is lent to us while we are started: haulmail takes its own back a moment later
for i in 1 2 3 4 5 6 7 8 9 10; do
	grep 'core file' /proc/$PPID/limits >"limits.$kind"
	[ "$(awk '{ print $5 }' "limits.$kind")" = 0 ] && break
	sleep 0.1
done
ulimit -c >"own.$kind"
END

# hidden TEXT KIND: what the spy of that kind has seen.
hidden()
{
	check "$1: was run" test -s "$HOME/seen.$2"
	refuse "$1: does not see the password" grep -q "$PATTERN" "$HOME/seen.$2"
	is "$(awk '{ print $5 }' "$HOME/limits.$2")" 0 "$1: haulmail leaves no core"
	if sanitized; then
		skip "$1: a sanitizer leaves no core either"
		return
	fi
	is "$(cat "$HOME/own.$2")" "$core_limit" "$1: may leave one itself"
}

cat >"$T/relay" <<'END'
import os, socket, sys, threading
server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
def up():
    while data := os.read(0, 65536):
        server.sendall(data)
threading.Thread(target=up, daemon=True).start()
while data := server.recv(65536):
    os.write(1, data)
END

fresh_home
refill
(umask 077 && printf '%s\n' "$P" >"$HOME/pw")
account "password-command \"kind=command; . $T/spy; cat ~/pw\"" \
	"connect-command \"kind=connect; . $T/spy; exec $PYTHON -S $T/relay $PORT\"" \
	"deliver pipe \"kind=pipe; . $T/spy; cat >>~/inbox\""
haul -vv
exits 0 "with programs all around"
hidden "password-command" command
hidden "connect-command" connect
hidden "pipe" pipe
contains "$ERR" "> (secret)" "the dialogue is shown"
unlike "$OUT$ERR" "$PATTERN" "without the password"
refuse "nor is it in any file" grep -rq --exclude=pw "$PATTERN" "$HOME"
account "password $QUOTED" "deliver pipe \"kind=pipe; . $T/spy; cat >>~/inbox\""
refill
haul -vv
exits 0 "a password in the config"
hidden "pipe, password in the config" pipe
unlike "$OUT$ERR" "$PATTERN" "does not show in the dialogue"
server_now --err "PASS=I do not understand PASS $(printf '%s' "$P" | sed 's/\\/&&/g')"
account "password $QUOTED"
haul -vv
exits 77 "a login that is refused"
unlike "$OUT$ERR" "$PATTERN" "does not show it, even if the server repeats it"
like "$ERR" "understand PASS [*]{8}" "but the rest of what it says"
server_now
stop_server
start_server "$DROP" --password "$P" --apop
account "password $QUOTED" "auth apop"
refill
haul -vv
exits 0 "APOP"
unlike "$OUT$ERR" "$PATTERN" "does not show it"
stop_server

# ---- memory

# remembers PID: has that process the password in its memory?
cat >"$T/remembers" <<'END'
import sys
found = False
with open("/proc/%s/maps" % sys.argv[1]) as maps, \
        open("/proc/%s/mem" % sys.argv[1], "rb", 0) as mem:
    for line in maps:
        span, mode = line.split()[:2]
        if not mode.startswith("rw"):
            continue
        start, end = (int(x, 16) for x in span.split("-"))
        try:
            mem.seek(start)
            found |= b"gr3p-m3" in mem.read(end - start)
        except (OSError, ValueError, OverflowError):
            pass
sys.exit(not found)
END
remembers()
{
	"$PYTHON" -S "$T/remembers" "$1"
}

# has_sent WORD: the server has got that command.
has_sent()
{
	transcript | grep -q "^$1"
}

fresh_home
refill
(umask 077 && printf '%s\n' "$P" >"$HOME/pw")
start_server "$DROP" --password "$P" --hang PASS
account "password-file ~/pw"
core_dir=$T/cores
mkdir "$core_dir" && chmod 777 "$core_dir"
cd "$core_dir" || exit 1
haul_in_background
wait_for has_sent PASS
if [ -n "${HAULMAIL_WRAPPER-}" ] || sanitized || ! remembers "$BG" 2>/dev/null; then
	skip "memory cannot be looked at here"
else
	pass "the password is in memory during the login"
fi
kill -s ABRT "$BG"
end_background 2>/dev/null
is "$(find "$core_dir" -type f | wc -l)" 0 "a crash leaves no core"
sh -c 'kill -s ABRT $$' 2>/dev/null
[ -n "$(find "$core_dir" -type f)" ] || skip "nothing leaves a core in this place"
cd "$T" || exit 1
stop_server

start_server "$DROP" --password "$P" --hang RETR
account "password-file ~/pw"
haul_in_background
wait_for has_sent RETR
if [ -n "${HAULMAIL_WRAPPER-}" ] || sanitized; then
	skip "memory cannot be looked at here"
else
	refuse "it is no longer there after the login" remembers "$BG"
fi
kill "$BG"
end_background
stop_server

# ---- patience

fresh_home
start_server "$DROP" --password "$P"
account "password-command \"sleep 600 & echo \$! >~/pid; wait\""
haul_in_background
check "a password-command that takes its time" wait_for test -s "$HOME/pid"
kill "$BG"
end_background
is "$RC" 143 "ends with haulmail"
check "and so does all that it has started" gone "$(cat "$HOME/pid")"

finish
