#!/bin/sh
# On a terminal: a line that says how far a fetch has come, a summary, colours; elsewhere none of it.
. "$(dirname "$0")/lib.sh"
unset NO_COLOR

# on_terminal [screen.py OPTIONS] -- ARGS...: runs haulmail on a pseudo-terminal; SEEN is what it
# showed.
on_terminal()
{
	_options=
	while [ "$1" != -- ]; do
		_options="$_options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # words
	"$PYTHON" "$E2E/screen.py" --limit "$LIMIT" $_options -- ${HAULMAIL_WRAPPER-} "$HAULMAIL" \
		"$@" >"$T/seen"
	SEEN=$(cat "$T/seen")
}

frames() { grep -c '^frame: ' "$T/seen"; }
lines() { sed -n 's/^line: //p' "$T/seen" | sed '/^$/d'; }

# A server that takes its time: without PIPELINING each message is a round trip.
slow()
{
	start_server "$DROP" --latency 0.2 --capa UIDL --capa USER
}

fresh_home
maildrop plain 6
slow
home_config "keep yes"

on_terminal --
is "$(tail -n 1 "$T/seen")" "status: 0" "on a terminal: succeeds"
check "a line tells how far it has come" grep -Eq \
	'^frame: home: [1-6] of 6, [0-9.]+[BK] of [0-9.]+[BK]' "$T/seen"
check "it is written over several times" test "$(frames)" -ge 3
is "$(sed -n 's/^frame: home: \([0-9]*\) of.*/\1/p' "$T/seen" | sort -n -c 2>&1)" "" \
	"and counts upwards"
check "with a rate and the time that is left" grep -Eq \
	'^frame: .*/s, [0-9]+:[0-9][0-9] left$' "$T/seen"
is "$(lines | sed 's/ ([^)]*)//')" "home: 6 new messages" "in the end only the summary stands there"
is "$(sed -n 's/^colours: //p' "$T/seen")" 1 "with its name in bold"
on_terminal --
is "$(lines)" "home: no new messages" "with nothing new: one line"
is "$(frames)" 0 "and no progress"

afresh()
{
	rm -rf "$HOME/.local" "$HOME"/inbox*
}

afresh
on_terminal --columns 24 --
check "a narrow terminal: there is a line" test "$(frames)" -ge 3
refuse "that never wraps" grep -q '^wrap:' "$T/seen"
check "and says what there is room for" grep -Eq '^frame: home: [1-6] of 6' "$T/seen"
afresh
on_terminal --columns 80 --resize 20 --
refuse "a terminal that becomes narrow: nothing wraps" grep -q '^wrap:' "$T/seen"
check "it is drawn for both widths" awk '
	/^frame: / { if (length($0) - 7 > 20) wide = 1; else if (wide) narrow = 1 }
	END { exit !narrow }' "$T/seen"
afresh
on_terminal --columns 1 --
is "$(tail -n 1 "$T/seen")" "status: 0" "a terminal of one column"
refuse "nothing wraps" grep -q '^wrap:' "$T/seen"

afresh
on_terminal --term dumb --
is "$(frames)" 0 "TERM=dumb: no progress"
is "$(sed -n 's/^colours: //p' "$T/seen")" 0 "no colours"
is "$(lines | sed 's/ ([^)]*)//')" "home: 6 new messages" "but the summary"
afresh
NO_COLOR=1
export NO_COLOR
on_terminal --
unset NO_COLOR
check "NO_COLOR: there is progress" test "$(frames)" -ge 3
is "$(sed -n 's/^colours: //p' "$T/seen")" 0 "but no colour"
afresh
on_terminal -- -q
is "$(lines)$(frames)" 0 "-q: nothing"
afresh
on_terminal -- -v
is "$(frames)" 0 "-v: messages are told in lines of their own"
check "each" grep -q '^line: haulmail: home: message 6 of 6' "$T/seen"
afresh
# shellcheck disable=SC2016 # it is expanded there
"$PYTHON" "$E2E/screen.py" --limit "$LIMIT" -- sh -c '"$0" --to stdout >"$HOME/mail"' "$HAULMAIL" \
	>"$T/seen"
check "mail into a file: the line stands on the terminal" test "$(frames)" -ge 3
refuse "and not in the file" grep -q "$(printf '\r')" "$HOME/mail"
afresh
haul
quiet "without a terminal: nothing"
stop_server

# Several accounts have one line, which no output of theirs breaks.
afresh
slow
{
	for i in 1 2 3; do
		printf 'account a%s\nhost 127.0.0.1\nport %s\ntls off\nuser alice\npassword secret\n' \
			"$i" "$PORT"
		printf 'keep yes\ndeliver mbox "~/inbox%s"\n' "$i"
	done
	printf 'account down\nhost 127.0.0.1\nport 1\ntls off\nuser alice\npassword secret\n'
} | config
on_terminal -- -j 4
check "several accounts: one line for all" grep -Eq '^frame: 3 accounts: [0-9]+ of 18' "$T/seen"
is "$(lines | sed 's/ ([^)]*)//; s/connect: .*/connect/' | sort | tr '\n' '|')" \
	"a1: 6 new messages|a2: 6 new messages|a3: 6 new messages|haulmail: down: 127.0.0.1 port 1: cannot connect|" \
	"in the end a line for each"
is "$(tail -n 1 "$T/seen")" "status: 75" "and the worst status"
check "an error is in colour" grep -q '^colours: 4$' "$T/seen"
afresh
on_terminal -- -j 1
check "one after the other: a line with its name" grep -Eq '^frame: a3: [0-9] of 6' "$T/seen"
stop_server

finish
