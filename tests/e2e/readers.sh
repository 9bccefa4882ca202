#!/bin/sh
# What others read in our mbox: mutt, mailx, Python and formail count the same messages.
. "$(dirname "$0")/lib.sh"

# read_back NAME: the readers on $INBOX, which holds what $MASTER held.
read_back()
{
	want=$(find "$MASTER" -name '*.eml' | wc -l | tr -d ' ')
	is "$(count_mail)" "$want" "$1: our own count"
	if command -v mutt >/dev/null; then
		is "$("$PYTHON" "$E2E/muttcount.py" "$INBOX")" "$want" "$1: mutt's count"
	else
		skip "$1: mutt is not installed"
	fi
	if command -v mailx >/dev/null; then
		is "$(mailx -N -f "$INBOX" </dev/null | sed -n 's/^".*": \([0-9]*\) messages.*/\1/p')" \
			"$want" "$1: mailx's count"
	else
		skip "$1: mailx is not installed"
	fi
	is "$("$PYTHON" -c 'import mailbox, sys; print(len(mailbox.mbox(sys.argv[1])))' "$INBOX")" \
		"$want" "$1: Python's count"
	# formail wants a decent header, and believes Content-Length.
	case $1 in
	corners | random*) return ;;
	esac
	if command -v formail >/dev/null; then
		is "$(formail -s echo one <"$INBOX" | grep -c one)" "$want" "$1: formail's count"
	else
		skip "$1: formail is not installed"
	fi
}

for kind in sample corners "plain 100" "random 100 99"; do
	fresh_home
	# shellcheck disable=SC2086 # kind and its arguments
	maildrop $kind
	start_server "$DROP"
	home_config
	haul
	exits 0 "$kind: fetched"
	read_back "$kind"
	stop_server
done

finish
