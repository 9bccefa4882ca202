#!/bin/sh
# Moving from another program: its config and its state imported, nothing comes twice, and what is
# new does come. The programs themselves write the files.
. "$(dirname "$0")/lib.sh"

# import_config FILE: puts what it comes to in the config file's place, for its owner alone.
import_config()
{
	(umask 077 && run_haulmail import "$1" >"$CONFIG" 2>"$T/err")
	RC=$?
	OUT=$(cat "$CONFIG") ERR=$(cat "$T/err")
}

# as_a_user COMMAND...: some of the programs do not want to be run by root.
as_a_user()
{
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
		return
	fi
	chown -R nobody:nogroup "$HOME"
	setpriv --reuid nobody --regid nogroup --clear-groups "$@"
	_rc=$?
	chown -R "$(id -u):$(id -g)" "$HOME"
	return "$_rc"
}

# ---- from the real programs

# begin: a home, and a maildrop of three messages that will be kept there.
begin()
{
	fresh_home
	maildrop plain 3
	start_server "$DROP"
	WHERE=$HOME/mail
}

# moves PROGRAM RCFILE STATEFILE ACCOUNT: that program has fetched three messages to $WHERE.
moves()
{
	is "$(grep -c '^Subject:' "$WHERE")" 3 "$1 has fetched three messages"
	check "$1 has left them on the server" test "$(on_server)" -eq 3
	import_config "$2"
	exits 0 "$1: its config is imported"
	contains "$OUT" "haulmail import --state" "$1: which tells how to go on"
	haul config
	exits 0 "$1: haulmail has nothing against it"
	switch "$@"
}

# switch PROGRAM RCFILE STATEFILE ACCOUNT: haulmail goes on where that program has stopped.
switch()
{
	haul -n import --state "$3" "$4"
	exits 0 "$1: its state could be imported"
	contains "$OUT" "3 messages would be marked" "$1: which it tells"
	check "$1: but it is not yet" test ! -e "$HOME/.local/state/haulmail/$4"
	haul import --state "$3" "$4"
	exits 0 "$1: its state is imported"
	contains "$OUT" "3 messages marked" "$1: all of it"
	haul import --state "$3" "$4"
	contains "$OUT" "0 messages marked" "$1: a second time changes nothing"
	forget_transcript
	haul
	exits 0 "$1: haulmail goes on"
	is "$(asked 'RETR .*')" 0 "$1: nothing comes twice"
	sed 's/^Subject: /&new, /' "$DROP/000001-plain.eml" >"$DROP/000004-new.eml"
	haul
	exits 0 "$1: a new message"
	is "$(asked 'RETR .*')" 1 "$1: comes"
	is "$(grep -c '^Subject:' "$WHERE")" 4 "$1: to where the others are"
	haul
	is "$(asked 'RETR .*')" 1 "$1: once"
}

without()
{ # PROGRAM
	command -v "$1" >/dev/null && return 1
	skip "$1 is not here"
}

from_fetchmail()
{
	without fetchmail && return
	begin
	(umask 077 && cat >"$HOME/.fetchmailrc") <<-END
	set no bouncemail
	poll 127.0.0.1 with protocol pop3 and port $PORT and uidl:
	    user "alice" there with password "secret" is alice here
	    options keep sslproto '' mda "cat >>$WHERE";
	END
	fetchmail -s >"$T/fetchmail" 2>&1
	moves fetchmail "$HOME/.fetchmailrc" "$HOME/.fetchids" 127.0.0.1
}

from_mpop()
{
	without mpop && return
	begin
	(umask 077 && cat >"$HOME/.mpoprc") <<-END
	defaults
	tls off
	auth user
	delivery mbox $WHERE
	account default
	host 127.0.0.1
	port $PORT
	user alice
	password "secret"
	keep on
	END
	mpop -q >"$T/mpop" 2>&1
	moves mpop "$HOME/.mpoprc" "$HOME/.mpop_uidls/alice_at_127.0.0.1" default
}

from_getmail()
{
	without getmail && return
	begin
	mkdir -p "$HOME/.config/getmail"
	(umask 077 && cat >"$HOME/.config/getmail/getmailrc") <<-END
	[retriever]
	type = SimplePOP3Retriever
	server = 127.0.0.1
	port = $PORT
	username = alice
	password = secret

	[destination]
	type = MDA_external
	path = /bin/sh
	arguments = ("-c", "cat >>$WHERE")

	[options]
	read_all = false
	END
	as_a_user getmail -q >"$T/getmail" 2>&1
	moves getmail "$HOME/.config/getmail/getmailrc" \
		"$HOME/.config/getmail/oldmail-127.0.0.1-$PORT-alice" 127.0.0.1
}

from_fdm()
{
	without fdm && return
	begin
	(umask 077 && cat >"$HOME/.fdm.conf") <<-END
	set lock-file "$HOME/.fdm.lock"
	action "in" mbox "$WHERE"
	account "home" pop3 server "127.0.0.1" port $PORT user "alice" pass "secret"
	    new-only cache "$HOME/cache" keep
	match all action "in"
	END
	as_a_user fdm -f "$HOME/.fdm.conf" fetch >"$T/fdm" 2>&1
	INBOX=$WHERE
	home_config "keep yes"
	is "$(grep -c '^Subject:' "$WHERE")" 3 "fdm has fetched three messages"
	switch fdm "" "$HOME/cache" home
}

# Emacs asks a person about a connection without TLS, so that question is taken out.
from_emacs()
{
	without emacs && return
	begin
	emacs -Q --batch --eval "(progn (require 'pop3) (require 'nsm)
	    (fset 'nsm-verify-connection (lambda (process &rest _) process))
	    (setq pop3-mailhost \"127.0.0.1\" pop3-port $PORT pop3-maildrop \"alice\"
	        pop3-password \"secret\" pop3-leave-mail-on-server t)
	    (pop3-movemail \"$WHERE\"))" >"$T/emacs" 2>&1
	INBOX=$WHERE
	home_config "keep yes"
	is "$(grep -c '^Subject:' "$WHERE")" 3 "Emacs has fetched three messages"
	switch Emacs "" "$HOME/.pop3-uidl" home
}

from_fetchmail
from_mpop
from_getmail
from_fdm
from_emacs

# ---- with a real server's UIDs

if ! command -v mpop >/dev/null; then
	skip "mpop is not here"
elif ! run_dovecot; then
	skip "$WHY"
else
	fresh_home
	mkdir -p "$DOVECOT_DIR/mail/Maildir/new" "$DOVECOT_DIR/mail/Maildir/cur" \
		"$DOVECOT_DIR/mail/Maildir/tmp"
	makemail plain "$T/dovecot-mail" 3
	for mail in "$T"/dovecot-mail/*.eml; do
		cp "$mail" "$DOVECOT_DIR/mail/Maildir/new/"
	done
	[ "$(id -u)" -ne 0 ] || chown -R nobody:nogroup "$DOVECOT_DIR/mail"
	(umask 077 && cat >"$HOME/.mpoprc") <<-END
	account default
	host localhost
	port $DOVECOT_POP3S
	tls on
	tls_starttls off
	tls_trust_file $CERTS/ca.pem
	user alice
	password secret
	keep on
	delivery mbox $HOME/mail
	END
	mpop -q >"$T/mpop" 2>&1
	is "$(grep -c '^Subject:' "$HOME/mail")" 3 "mpop has fetched three messages from Dovecot"
	import_config "$HOME/.mpoprc"
	haul import --state "$HOME/.mpop_uidls/alice_at_localhost" default
	contains "$OUT" "3 messages marked" "Dovecot: its UIDs are imported"
	haul -v
	exits 0 "Dovecot: the config that was imported works over TLS"
	is "$(grep -c '^Subject:' "$HOME/mail")" 3 "Dovecot: nothing comes twice"
fi

# ---- passwords

begin
cat >"$HOME/rc" <<'END'
poll pop.example.org protocol pop3 user alice password "s3cret" ssl
END
haul import "$HOME/rc"
exits 0 "a config to a file that others can read"
unlike "$OUT$ERR" "s3cret" "has no password in it"
like "$ERR" "1 password was left out.*umask 077" "which is told, and how to have it"
run_haulmail import "$HOME/rc" 2>/dev/null | cat >"$T/piped"
refuse "nor has one to a pipe" grep -q s3cret "$T/piped"
check "the pipe got the rest" grep -q "host pop.example.org" "$T/piped"
import_config "$HOME/rc"
contains "$OUT" '    password s3cret' "to a file of one's own it is carried over"
contains "$OUT" "mode 0600" "with a warning"
is "$ERR" "" "and nothing is said"
haul config
exits 0 "haulmail takes it"
run_haulmail import "$HOME/rc" >/dev/full 2>"$T/err"
is $? 74 "a config that cannot be written is an error"

# ---- whose file it is

cat >"$HOME/mpoprc" <<'END'
defaults
tls on
account a
host pop.example.org
END
haul import "$HOME/mpoprc"
contains "$OUT" "config of mpop" "the format is found out"
haul --from getmail import "$HOME/mpoprc"
exits 78 "--from says otherwise: then there is no account in it"
like "$ERR" "no account" "and that is told"
haul import --from nonsense "$HOME/mpoprc"
exits 64 "--from wants a program it knows"
like "$ERR" "fetchmail, mpop, getmail, fdm or pop3.el" "and tells them"
haul --from fdm import "$HOME/mpoprc"
exits 64 "of fdm there is only state to import"
echo "To be or not to be" >"$HOME/prose"
haul import "$HOME/prose"
exits 64 "prose is no config"
like "$ERR" "prose.*--from" "which is told"
haul import "$HOME/nosuch"
exits 74 "nor is a file that is not there"
like "$ERR" "nosuch" "which is told"
haul import
exits 64 "a file has to be named"

# ---- whose UIDs they are

home_config "keep yes"
printf 'bob@127.0.0.1 000001-plain\nalice@label 000002-plain\n' >"$HOME/.fetchids"
haul import --state "$HOME/.fetchids" home
exits 78 "a state file of others"
like "$ERR" "nothing of alice@127.0.0.1, but of bob@127.0.0.1, alice@label" "tells whose it is"
check "and nothing is written" test ! -e "$JOURNAL"
haul import --state "$HOME/.fetchids" home alice@label
exits 0 "unless it is said whose to take"
check "which is then in the journal" grep -q "^seen 000002-plain [0-9]" "$JOURNAL"
refuse "and the others' are not" grep -q "000001-plain" "$JOURNAL"
haul import --state "$HOME/.fetchids" home label
exits 64 "whose has to be USER@HOST"
haul import --state "$HOME/.fetchids" nosuch
exits 64 "an account that is not there"
haul import --state "$HOME/.fetchids"
exits 64 "an account has to be named"
: >"$HOME/empty"
haul import --from fdm --state "$HOME/empty" home
exits 78 "an empty file has no UIDs"

# Blanks and the like in UIDs, and times in the past.
begin
printf '000001-plain\tan odd \\\\one\n' >"$DROP/uids"
home_config "keep 14d"
printf 'an odd \\one\0001000000000\n000002-plain\0009999999999\n' >"$HOME/old"
haul import --state "$HOME/old" home
contains "$OUT" "2 messages marked" "getmail's times"
check "a time of the past is kept" grep -q '1000000000$' "$JOURNAL"
refuse "one of the future is not" grep -q 9999999999 "$JOURNAL"
haul
is "$(asked 'RETR .*')" 1 "odd UIDs are known"
is "$(on_server)" 2 "and what is too old is deleted, as keep says"

# What will be deleted is told before it is.
begin
home_config "keep no"
printf '12 000001-plain\n' >"$HOME/cache"
haul import --state "$HOME/cache" home
contains "$OUT" "the next run deletes them on the server" "keep no: what it will do is told"
haul
is "$(asked 'RETR .*') $(asked 'DELE .*')" "2 3" "and so it does"

# Not while a run is at work.
home_config "keep yes" "timeout 30s"
server_now --hang UIDL
forget_transcript
haul_in_background
wait_for grep -q UIDL "$TRANSCRIPT"
haul import --state "$HOME/cache" home
exits 75 "another run has the lock"
kill "$BG"
end_background 2>/dev/null

finish
