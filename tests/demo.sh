#!/bin/sh
# demo.sh - haulmail at work, as its user would see it: a POP3 server on this machine with
# four messages in it, a config file, three commands, and the mbox that comes of them.
#
#	tests/demo.sh [HAULMAIL]
#
# The server is a real Dovecot where one is installed, else the test suite's own. All files
# lie in one temporary directory, which is removed at the end; KEEP_TEMP=yes leaves it.

HAULMAIL=${1:-${HAULMAIL:-./haulmail}}
. "$(dirname "$0")/e2e/lib.sh"

if [ -t 1 ]; then
	bold=$(printf '\033[1m') plain=$(printf '\033[0m')
else
	bold='' plain=''
fi

title()
{
	printf '\n%s== %s ==%s\n\n' "$bold" "$*" "$plain"
}

# type COMMAND...: shows a command as it was typed, and what it says.
type_in()
{
	printf '%s$ %s%s\n' "$bold" "$*" "$plain"
	if [ "$1" = haulmail ]; then
		shift
		"$HAULMAIL" "$@"
	else
		(cd "$HOME" && "$@")
	fi
	status=$?
	[ "$status" -eq 0 ] || echo "(exit status $status)"
	worst=$((status > worst ? status : worst))
	echo
}

[ -x "$HAULMAIL" ] || {
	echo "demo.sh: there is no program $HAULMAIL; build it first" >&2
	exit 1
}
worst=0
fresh_home
maildrop sample

title "A POP3 server"
if run_dovecot; then
	dovecot_mail "$DROP"
	server="Dovecot $(dovecot --version | sed 's/ .*//')"
	PORT=$DOVECOT_POP3S log=$DOVECOT_DIR/log tls=yes
elif make_certs; then
	server="the test suite's own server ($WHY)"
	start_server "$DROP" --tls --cert "$CERTS/good.pem" --key "$CERTS/good.key"
	log=$TRANSCRIPT tls=yes
else
	server="the test suite's own server, without TLS ($WHY)"
	start_server "$DROP"
	log=$TRANSCRIPT tls=no
fi
cat <<END
$server
listens on 127.0.0.1, port $PORT, and holds $(on_server) messages for alice:

END
for mail in "$DROP"/*.eml; do
	sed -n 's/^Subject: /    /p' "$mail"
done

title "The config file, ~/.config/haulmail/config"
if [ "$tls" = yes ]; then
	cp "$CERTS/ca.pem" "$HOME/ca.pem"
	tls_line='    tls-ca "~/ca.pem"             # who signed the test server'"'"'s certificate'
else
	tls_line='    tls off                       # in clear text, which has to be said'
fi
config <<END
account home
    host 127.0.0.1
    port $PORT
$tls_line
    user alice
    password secret               # or password-command "pass show home"
    keep 14d                      # then delete it on the server
    deliver mbox "~/inbox"
END
sed 's/^/    /' "$CONFIG"

title "What haulmail makes of it"
type_in haulmail config

title "Fetching"
type_in haulmail -v fetch
echo "Again, as cron would do it. Nothing is new, so nothing is said and nothing comes twice:"
echo
type_in haulmail fetch

title "The mbox, ~/inbox"
type_in cat inbox

found=$(count_mail)
title "What lies where"
cat <<END
    program      $HAULMAIL
    home         $HOME
    config file  ~/.config/haulmail/config
    mbox         ~/inbox: $found messages
    journal      ~/.local/state/haulmail/home
    server log   $log

END
if [ -n "${KEEP_TEMP-}" ]; then
	echo "The server has gone; the files stay."
else
	echo "All of that is removed now; with KEEP_TEMP=yes in the environment it stays."
fi

if [ "$worst" -ne 0 ] || [ "$found" -ne 4 ]; then
	echo "demo.sh: that did not go as it should" >&2
	exit 1
fi
