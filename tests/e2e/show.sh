#!/bin/sh
# haulmail show: a message as it is into a file, and harmless on a terminal.
. "$(dirname "$0")/lib.sh"

fresh_home
maildrop corners
printf 'Subject: evil\n\nred \033[31m\tbell \007 c1 \302\2332J %s\nbare\rreturn\nlatin \351\n.\n' \
	"日本語" >"$DROP/90-evil.eml"
{
	printf 'Subject: long\n\n'
	"$PYTHON" -c 'print("x" + "é" * 70000)'
} >"$DROP/91-long.eml"
start_server "$DROP"
home_config "keep yes"
total=$(on_server)

# shown N: whether the last output is message N in Unix form.
shown()
{
	"$PYTHON" -c 'if True:
		import glob, sys
		sys.path.insert(0, sys.argv[1])
		import mboxtool
		name = sorted(glob.glob(sys.argv[2] + "/*.eml"))[int(sys.argv[3]) - 1]
		got, want = open(sys.argv[4], "rb").read(), mboxtool.lf_form(open(name, "rb").read())
		sys.exit(got != want and "%s: %r is not %r" % (name, got[:200], want[:200]))
	' "$E2E" "$DROP" "$1" "$T/out"
}

bad=
for n in $(seq "$total"); do
	haul show home "$n"
	shown "$n" && [ "$RC" -eq 0 ] || bad="$bad $n"
done
is "$bad" "" "each of $total messages comes byte by byte"
check "nothing is written" test ! -e "$INBOX" -a ! -e "$JOURNAL" -a ! -e "$JOURNAL.lock"
is "$(asked 'DELE .*')" 0 "nor deleted"
haul show home next
check "next: the first one" shown 1
haul show home last
check "last: the last one" shown "$total"

fresh_home
maildrop sample
cp "$T/drop1/90-evil.eml" "$T/drop1/91-long.eml" "$DROP"
start_server "$DROP"
home_config "keep yes"
haul show home 2 1
exits 0 "a header and one line: succeeds"
is "$(asked 'TOP 2 1')" 1 "by TOP"
is "$(tail -n 2 "$T/out")" "
Café at one? The place by the river." "a header and one line"
haul show home 2 0
is "$(tail -n 2 "$T/out")" "Content-Transfer-Encoding: 8bit" "the header alone"

# On a terminal.
LC_ALL=C.UTF-8 haul_on_terminal 80 "" show home 5
exits 0 "on a terminal: succeeds"
is "$(cat "$T/out")" "Subject: evil

$(printf 'red %s\tbell %s c1 %s2J' '\033[31m' '\007' '\302\233') 日本語
bare\\015return
latin \\351
." "on a terminal: made visible, letters stay"
LC_ALL=C.UTF-8 haul_on_terminal 80 "" show home 6
is "$(tail -n 1 "$T/out" | tr -d '\n' | wc -c | tr -d ' ')" 140001 "no character is parted"
refuse "in a long line" grep -q "[\\]" "$T/out"
haul_on_terminal 80 "" show home 6
check "nothing but ASCII in the locale C" printable "$T/out"

# What goes wrong.
for set in 1-2 1,3; do
	haul show home "$set"
	exits 64 "$set: one message at a time"
done
haul show home 7
exits 1 "no such message: 1"
for words in "home" "" "home 1 2 3" "home x" "home 1 x" "home 1 -1"; do
	# shellcheck disable=SC2086 # several words
	haul show $words
	exits 64 "show $words: a usage error"
done
server_now --err RETR:1=gone
haul show home 1
exits 75 "refused: 75"
complains "refused: told" "message 1: .*gone"
server_now --cut-at RETR:1=100
haul show home 1
exits 75 "cut: 75"
server_now
haul show home 1 >/dev/null
run_haulmail show home 6 2>"$T/err" >/dev/full
is "$?" 74 "a full disk: 74"

if can_dovecot; then
	fresh_home
	maildrop sample
	start_dovecot maildir
	dovecot_mail "$DROP"
	home_config "port $DOVECOT_POP3S" "tls pop3s" "tls-ca \"$CERTS/ca.pem\"" "keep yes"
	haul show home 3
	check "Dovecot: a message" shown 3
	haul show home 3 2
	is "$(tail -n 2 "$T/out")" "From here on an mbox must quote,
>From one level to the next," "Dovecot: a header and two lines"
else
	skip "Dovecot: $WHY"
fi

finish
