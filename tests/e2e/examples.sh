#!/bin/sh
# Each command line that README and haulmail(1) show, run as it stands there, in a home where its
# accounts and files are. Those with a URL of example.org are tried by tests/static/examples.sh;
# the one of init needs that domain and is not run.
. "$(dirname "$0")/lib.sh"

[ -z "${HAULMAIL_WRAPPER-}" ] || skip_all "the lines call haulmail by its name alone"
command -v procmail >/dev/null || skip_all "procmail is not installed"

fresh_home
maildrop sample
start_server "$DROP"
mkdir -p "$T/bin" "$HOME/.config/haulmail"
ln -s "$HAULMAIL" "$T/bin/haulmail"
ln -s /bin/cat "$T/bin/less"
PATH=$T/bin:$PATH
cp "$DROP/$(cd "$DROP" && ls | head -n 1)" "$HOME/message"
printf 'MAILDIR=%s\nDEFAULT=%s/filed\n' "$HOME" "$HOME" >"$HOME/.procmailrc"
printf 'poll pop.example.org protocol pop3 user "alice" password "secret"\n' >"$HOME/.fetchmailrc"
printf 'alice@pop.example.org 1\n' >"$HOME/.fetchids"
chmod 600 "$HOME/.fetchmailrc"
cd "$HOME" || exit 1

# The accounts that the lines name, all on one server.
usual_config()
{
	for name in home work attic; do
		printf 'account %s\n    host 127.0.0.1\n    port %s\n    tls off\n' "$name" "$PORT"
		printf '    user alice\n    password secret\n    keep yes\n'
		printf '    deliver mbox "%s/%s.mbox"\n' "$HOME" "$name"
	done >"$HOME/.config/haulmail/config"
	chmod 600 "$HOME/.config/haulmail/config"
}

# lines FILE: what it has people type. What is said of a line stands behind two blanks.
lines()
{
	sed -n -e 's/^ *\*\/5 [* ]*\(haulmail .*\)/\1/p' \
		-e 's/^\(    \|\$ \|\.Dl \)\(haulmail\( .*\)\{0,1\}\)$/\2/p' \
		-e 's/^\(haulmail --to .*\)/\1/p' "$1" |
		sed 's/   *[^ ].*//' | grep -v -e 'pops:' -e '^haulmail init'
}

# run LINE: as a person would, who says yes.
run()
{
	case $1 in
	*' delete '*)
		# shellcheck disable=SC2046 # words
		haul_on_terminal 80 'y\n' $(echo "$1" | sed 's/^haulmail //')
		;;
	*)
		(umask 077 && sh -c "$1") >"$T/out" 2>"$T/err" </dev/null
		RC=$?
		;;
	esac
}

for file in "$srcdir/README" "$srcdir/man/haulmail.1"; do
	lines "$file" >"$T/lines"
	check "$(basename "$file") shows some" test -s "$T/lines"
	imported=
	while read -r line; do
		[ -n "$imported" ] || usual_config
		run "$line"
		case $line in
		*' -v '*) is "$RC" 0 "$(basename "$file"): $line" ;;
		*) is "$RC $(cat "$T/err")" "0 " "$(basename "$file"): $line" ;;
		esac
		case $line in
		'haulmail import ~'*) imported=yes ;;
		'haulmail import --state'*) imported= ;;
		esac
	done <"$T/lines"
done

finish
