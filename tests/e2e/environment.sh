#!/bin/sh
# What a program inherits, at its worst: closed descriptors, limits, signals, variables.
. "$(dirname "$0")/lib.sh"

# started: runs a program under such conditions.
cat >"$T/started.py" <<'END2'
import ctypes, os, resource, signal, sys
program = sys.argv[sys.argv.index("--") + 1:]
env = dict(os.environ)
close = ()
limits = {"nofile": resource.RLIMIT_NOFILE, "fsize": resource.RLIMIT_FSIZE, "as": resource.RLIMIT_AS}
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
for word in sys.argv[1:sys.argv.index("--")]:
    what, _, value = word.partition("=")
    if what == "close":
        close = [int(fd) for fd in value]
    elif what in limits:
        limits[what] = (limits[what], int(value))
    elif what == "ignore":
        signal.signal(getattr(signal, "SIG" + value), signal.SIG_IGN)
    elif what == "block":
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    elif what == "nowhere":
        os.mkdir(value)
        os.chdir(value)
        os.rmdir(value)
    elif what == "env":
        name, _, value = value.partition("=")
        env[name] = value.encode().decode("unicode_escape")
    elif what == "unset":
        env.pop(value, None)
    elif what == "anonymous":
        libc = ctypes.CDLL(None)
        argv = (ctypes.c_char_p * 1)(None)
        all = (ctypes.c_char_p * (len(env) + 1))(*[("%s=%s" % v).encode() for v in env.items()], None)
        libc.execve(program[0].encode(), argv, all)
for limit in limits.values():
    if isinstance(limit, tuple):
        resource.setrlimit(limit[0], (limit[1], limit[1]))
for fd in close:
    os.close(fd)
os.execve(program[0], program, env)
END2
wrapper=${HAULMAIL_WRAPPER-}

# under CONDITION...: the next runs are under these; none: as usual.
under()
{
	if [ $# -eq 0 ]; then
		HAULMAIL_WRAPPER=$wrapper
	elif [ -n "$wrapper" ]; then
		HAULMAIL_WRAPPER="$PYTHON -S $T/started.py $* -- /usr/bin/env $wrapper"
	else
		HAULMAIL_WRAPPER="$PYTHON -S $T/started.py $* --"
	fi
}

# bearable TEXT: whether that can be tried; what the tests are wrapped in, as valgrind is a script
# with files of its own, does not bear everything.
bearable()
{
	[ -n "$wrapper" ] || return 0
	skip "$1: what the program is wrapped in does not bear it"
	return 1
}

fresh_home
maildrop sample
start_server "$T/served"
ln -s "$DROP" "$T/served"

# home_with LINE...: a fresh home and maildrop, and a config with these lines.
home_with()
{
	fresh_home
	maildrop sample
	ln -sfn "$DROP" "$T/served"
	home_config "timeout $((10 * SLOW))s" "$@"
}

# ---- standard descriptors

journal_is_one()
{
	head -n 1 "$JOURNAL" | grep -qx "haulmail journal 1" && ! grep -Evq \
		'^(haulmail|server|seen|skip|part|fail|intent|done|void|gone) ' "$JOURNAL"
}

# shellcheck disable=SC2016 # the variable is the program's
for closed in 0 1 2 01 02 12 012; do
	home_with
	under "close=$closed"
	haul -vv
	exits "0 74" "without descriptors $closed: a run"
	delivered "without descriptors $closed: the mbox holds the mail and nothing else"
	check "without descriptors $closed: the journal is one" journal_is_one
	home_with 'deliver maildir "~/Mail"' 'deliver pipe "mkdir -p ~/got; cat >~/got/$HAULMAIL_UID.eml"' \
		'password-command "echo secret"'
	sed -i '/password secret/d' "$CONFIG"
	haul -vv
	exits "0 74" "without descriptors $closed: Maildir, program and password-command"
	received "without descriptors $closed: the program gets the messages, and no more"
	is "$(grep -rl "haulmail:\|^[<>] " "$HOME/Mail" "$HOME/got")" "" \
		"without descriptors $closed: nothing of ours is in them"
	home_with "deliver mbox \"$T/not/there\""
	haul -vv
	exits 73 "without descriptors $closed: an error is one"
	is "$(on_server)" 4 "without descriptors $closed: and deletes nothing"
done
for closed in 1 01 12 012; do
	bearable "deliver stdout without descriptors $closed" || continue
	home_with "deliver stdout"
	under "close=$closed"
	haul
	exits "74 75" "deliver stdout without descriptors $closed: an error"
	is "$(on_server)" 4 "deliver stdout without descriptors $closed: nothing is deleted"
	haul config
	exits 74 "a result without descriptors $closed: an error"
done
for closed in 0 02 012; do
	home_with
	under "close=$closed"
	haul deliver
	exits 74 "the message on a closed standard input: an error"
	refuse "the message on a closed standard input: none is delivered" test -s "$INBOX"
done
under

# ---- limits

# limited TEXT TARGET: one run under them; whatever comes of it, nothing is lost, and it is told,
# unless not even the file for that may have a byte.
limited()
{
	run_haulmail >"$T/out" 2>"$T/err"
	RC=$? OUT=$(cat "$T/out") ERR=$(cat "$T/err")
	_bad=
	case $RC in
	0) [ -z "$ERR" ] || _bad="words; " ;;
	71 | 73 | 74 | 75 | 78) [ -n "$ERR" ] || [ "$1" = "files of 0 bytes at most" ] || _bad="no word; " ;;
	127) printf '%s' "$ERR" | grep -q "shared lib" || _bad="status 127; " ;;
	*) _bad="status $RC; " ;;
	esac
	mboxtool covered "$INBOX" "$MASTER" "$DROP" >"$T/why" 2>&1 || _bad="$_bad$(cat "$T/why")"
	is "$_bad" "" "$1, $2: ends in order, and nothing is lost"
}

if sanitized || [ -n "$wrapper" ]; then
	skip "limits: not with a sanitizer or a wrapper"
else
	for target in mbox maildir; do
		least=
		for n in 4 5 6 7 8 9 10 11 12 14 16 20; do
			if [ $target = mbox ]; then
				home_with 'password-command "echo secret"'
			else
				home_with 'deliver maildir "~/inbox"'
			fi
			sed -i '/password secret/d' "$CONFIG"
			[ $target = mbox ] || sed -i 's/user alice/&\n    password secret/' "$CONFIG"
			makemail big "$DROP/big.eml" 1500000
			cp "$DROP/big.eml" "$MASTER"
			under "nofile=$n"
			limited "$n descriptors" $target
			[ "$RC" -ne 0 ] || [ -n "$least" ] || least=$n
			under
			haul
			exits 0 "$n descriptors, $target: afterwards"
			check "$n descriptors, $target: all is there once" \
				mboxtool covered "$INBOX" "$MASTER" "$DROP"
			is "$(on_server)" 0 "$n descriptors, $target: and deleted"
		done
		check "$target: 20 descriptors do, even ${least:-none}" test "${least:-99}" -le 20
	done

	for size in 0 1 30 100 400 800 1200; do
		for target in mbox maildir; do
			home_with "deliver $target \"~/inbox\""
			under "fsize=$size"
			limited "files of $size bytes at most" $target
			refuse "files of $size bytes at most, $target: no lock stays" \
				test -e "$INBOX.lock"
			under
			haul
			exits 0 "files of $size bytes at most, $target: afterwards"
			check "files of $size bytes at most, $target: all is there once" \
				mboxtool covered "$INBOX" "$MASTER" "$DROP"
			is "$(on_server)" 0 "files of $size bytes at most, $target: and deleted"
		done
	done
	fresh_home
	rm -rf "$HOME/.config"
	under "fsize=20"
	haul init --yes alice@example.org host=127.0.0.1 "port=$PORT" tls=off
	exits "73 74 75" "files of 20 bytes at most: init"
	is "$(find "$HOME/.config" -type f)" "" "files of 20 bytes at most: init leaves none"

	for megabytes in 4 8 12 16 32 64; do
		home_with
		under "as=${megabytes}000000"
		limited "$megabytes megabytes of addresses" mbox
		under
		haul
		exits 0 "$megabytes megabytes of addresses: afterwards"
		delivered "$megabytes megabytes of addresses: each message is there once"
	done
fi

# ---- signals

home_with 'deliver mbox "~/inbox"' 'deliver pipe "cat >/dev/null"' 'password-command "echo secret"'
sed -i '/password secret/d' "$CONFIG"
sed 's/account home/account other/; s/inbox/other/' "$CONFIG" >"$T/other"
cat "$T/other" >>"$CONFIG"
under ignore=CHLD
haul home
exits 0 "SIGCHLD ignored: programs can be waited for"
quiet "SIGCHLD ignored: in silence"
refill
haul -j 2
exits 0 "SIGCHLD ignored: and workers"
home_with
under block
haul
exits 0 "all signals blocked: a run"
delivered "all signals blocked: brings the mail"
start_server "$DROP" --hang RETR:2
home_config
refill
under block
haul_in_background
wait_for grep -qx "RETR 2" "$TRANSCRIPT"
kill -s TERM "$BG"
end_background 2>/dev/null
is "$RC" 143 "all signals blocked: SIGTERM ends it"
home_with 'password-command "kill -s TERM $$; echo secret"'
sed -i '/password secret/d' "$CONFIG"
haul
exits 77 "all signals blocked: but not those of a program that it starts"
stop_server
under

# ---- the command line

start_server "$T/served"
home_with
under anonymous
haul
exits "0 64" "without even a name: no crash"
nothing_lost "without even a name: nothing is lost"
home_with
under env=POSIXLY_CORRECT=1
haul home -n
exits 64 "POSIXLY_CORRECT: an option behind an operand is none"
is "$(on_server)" 4 "POSIXLY_CORRECT: and is not passed over"
haul -n home
exits 0 "POSIXLY_CORRECT: in front it is"

# ---- variables

# hostile CONDITION: a run is as always, and says nothing.
hostile()
{
	_about=$(echo "$1" | cut -c 1-40)
	# shellcheck disable=SC2016 # the variable is the program's
	home_with 'password-command "printf %s secret"' \
		'deliver pipe "mkdir -p ~/got; cat >~/got/$HAULMAIL_UID.eml"' 'deliver mbox "~/inbox"'
	sed -i '/password secret/d' "$CONFIG"
	under "$1"
	haul
	exits 0 "$_about: a run"
	quiet "$_about: in silence"
	delivered "$_about: brings the mail"
	received "$_about: also to a program"
}

mkdir "$T/evil"
for program in sh dotlockfile printf env; do
	# shellcheck disable=SC2016 # it is expanded there
	printf '#!/bin/sh\n: >"%s/taken"\nexec /bin/%s "$@"\n' "$T/evil" $program >"$T/evil/$program"
	chmod 755 "$T/evil/$program"
done
echo ": >$T/evil/taken" >"$T/evil/rc"
cd "$T/evil" || exit 1
long=$(head -c 100000 /dev/zero | tr '\0' x)
for condition in "env=IFS=/e" "env=IFS=" "env=IFS=secrt" "env=TZ=:/etc/shadow" "env=TZ=$T/evil/rc" \
	"env=TZ=ABC-14:99:99DEF,M99.9.9" "env=TZ=$long" "env=TZ=" "env=LC_ALL=no_SUCH.locale" \
	"env=LC_ALL=../../../../$T/evil" "env=LC_ALL=$long" "env=LANG=C.UTF-8" "env=LANGUAGE=x" \
	"env=TMPDIR=/nowhere" "env=TMPDIR=" "env=SHELL=/bin/false" "env=ENV=$T/evil/rc" \
	"env=BASH_ENV=$T/evil/rc" "env=XDG_CONFIG_HOME=evil" "env=XDG_STATE_HOME=evil" \
	"env=XDG_STATE_HOME=" "env=CREDENTIALS_DIRECTORY=." "env=LOGNAME=mallory" "env=USER=mallory" \
	"env=MAIL=inbox" "env=PWD=/nowhere" "env=JOURNAL_STREAM=0:0" "env=COLUMNS=-1" "env=TERM=$long" \
	"env=MALLOC_PERTURB_=165"; do
	[ "$condition" != env=TMPDIR=/nowhere ] || bearable "$condition" || continue
	hostile "$condition"
done
if bearable "a working directory that is gone"; then
	home_with # without a program, as a shell has its word on such a place
	under "nowhere=$T/gone"
	haul
	exits 0 "a working directory that is gone: a run"
	quiet "a working directory that is gone: in silence"
	delivered "a working directory that is gone: brings the mail"
fi
if bearable "env=PATH=."; then
	home_with
	under "env=PATH=."
	haul
	exits 0 "env=PATH=.: a run"
	delivered "env=PATH=.: brings the mail"
fi
is "$(find "$T/evil" -name taken)" "" "no program of the working directory was run"
cd "$T" || exit 1

# Dates are in UTC everywhere.
home_with
under env=TZ=ABC-14
haul
check "TZ: the date in a From_ line is in UTC" "$PYTHON" -c 'if True:
	import calendar, sys, time
	for line in open(sys.argv[1], "rb"):
		if line.startswith(b"From "):
			then = time.strptime(" ".join(line.decode().split()[2:]), "%a %b %d %H:%M:%S %Y")
			sys.exit(abs(calendar.timegm(then) - time.time()) > 3600)' "$INBOX"

# A home that is none: what lies in the working directory is not taken for it.
mkdir -p "$T/here/.config/haulmail" "$T/here/sub"
printf 'account evil\n    host 127.0.0.1\n    port 1\n    tls off\n    password x\n' \
	>"$T/here/.config/haulmail/config"
cp "$T/here/.config/haulmail/config" "$T/here/.haulmailrc"
chmod 600 "$T/here/.haulmailrc" "$T/here/.config/haulmail/config"
cd "$T/here" || exit 1
for condition in "env=HOME=." "env=HOME=here/../" "env=HOME=" "unset=HOME"; do
	under "$condition"
	haul config evil
	exits "64 78" "$condition: no account of the working directory"
	unlike "$OUT" "account evil" "$condition: nor its config file"
done
cd sub || exit 1
under "env=HOME=.."
haul config evil
exits "64 78" "HOME=..: nor of another one"
cd "$T" || exit 1
for condition in 'env=HOME=/tmp/a\nb\x1b[31m' "env=HOME=/$long" "env=HOME=/nowhere/at/all"; do
	under "$condition"
	haul
	exits 78 "a home that is not there: told"
	check "a home that is not there: so that a terminal can show it" printable "$T/err"
	check "a home that is not there: in a few words" test "$(wc -c <"$T/err")" -lt 2000
done

# Letters. In Turkish the small one of I is another.
if command -v localedef >/dev/null && mkdir "$T/locales" &&
	localedef -i tr_TR -f UTF-8 "$T/locales/tr_TR.UTF-8" 2>/dev/null &&
	localedef -i tr_TR -f ISO-8859-9 "$T/locales/tr_TR" 2>/dev/null; then
	for locale in tr_TR.UTF-8 tr_TR; do
		home_with 'filter delete header "^LIST-ID: INFO"' 'filter accept size > 0'
		printf 'Subject: a list\nList-Id: info\n\nx\n' >"$DROP/list.eml"
		under "env=LOCPATH=$T/locales" "env=LC_ALL=$locale"
		haul -vv
		exits 0 "$locale: a run"
		delivered "$locale: a header field is recognised"
		is "$(on_server)" 0 "$locale: and so are the server's words"
		haul config
		exits 0 "$locale: and keywords"
	done
else
	skip "there is no Turkish here"
fi
under
stop_server

finish
