#!/bin/sh
# Without a config file: URLs as accounts, and keywords as options.
. "$(dirname "$0")/lib.sh"

fresh_home
maildrop sample
start_server "$DROP"
printf 'machine 127.0.0.1 login alice password secret\n' >"$HOME/.netrc"
chmod 600 "$HOME/.netrc"
url=pop://alice@127.0.0.1:$PORT
name=alice@127.0.0.1:$PORT
state=$HOME/.local/state/haulmail/$name

haul check "$url"
exits 0 "check: succeeds"
is "$OUT" "$name: 4 new messages of 4" "check: counts"
cd "$HOME" || exit 99
haul "$url" --to mbox:inbox --keep
exits 0 "fetch: succeeds"
quiet "fetch: in silence"
delivered "fetch: delivers, beside where it was called" --ordered
is "$(on_server)" 4 "--keep: leaves all on the server"
check "the journal goes by user, host and port" test -s "$state"
haul list -l "$url" 1
exits 0 "list: takes a URL"
haul show "$url" 1 0
exits 0 "show: takes a URL"
haul mark "$url" 1 new
exits 0 "mark: takes a URL"
haul -n "$url" --to mbox:inbox
like "$OUT" "message 1, .*would fetch" "and a dry run"
haul --yes delete "$url" 4
exits 0 "delete: takes a URL"
haul info "$url"
exits 0 "info: takes a URL"
haul config "$url" --timeout=7s
exits 0 "config: takes a URL"
like "$OUT" "host +127.0.0.1" "config: shows the host"
like "$OUT" "timeout +7s" "config: and a setting"
haul "$url" --deliver "mbox \"$HOME/with blank\"" --limit 1
exits 0 "keywords as options: succeeds"
is "$(count_mail "$HOME/with blank")" 1 "deliver and limit count"
is "$(on_server)" 0 "and keep is no again"

# The password is nothing for a command line.
for word in "pop://alice:hunter2@127.0.0.1:$PORT" --password=hunter2 --pasword=hunter2; do
	forget_transcript
	haul "$word" "$url"
	exits 64 "$(echo "$word" | cut -c 1-10): refused"
	unlike "$OUT$ERR" "hunter2" "and not repeated"
	is "$(transcript)" "" "and nobody is asked"
done
haul "pop://alice:hunter2@127.0.0.1"
like "$ERR" "list of processes.*--password-command" "why, and what to do"
haul --password hunter2 "$url"
like "$ERR" "list of processes.*--password-command" "for the option, too"
refill
printf '#!/bin/sh\necho secret\n' >"$HOME/pass"
chmod 755 "$HOME/pass"
rm "$HOME/.netrc"
haul check "$url" --password-command="$HOME/pass word"
exits "0 1" "a command gives it, its blanks need no quotes"

for wrong in imap://h pops:// "pops://h/x" "pops://h:0" --timeout=5 --tls=maybe --nosuch=1 \
	"--deliver=mbox" --port; do
	haul check "$wrong"
	exits 64 "$wrong: a usage error"
	like "$ERR" "^haulmail: " "$wrong: told"
	is "$(printf '%s\n' "$ERR" | wc -l | tr -d ' ')" 1 "$wrong: once"
done

# On top of a config file, for the accounts named.
fresh_home
maildrop plain 3
start_server "$DROP"
home_config "keep yes"
{
	echo "account other"
	echo "host 127.0.0.1"
	echo "keep yes"
} >>"$CONFIG"
haul home --limit=1
is "$RC $(count_mail)" "0 1" "--limit"
haul home "--filter=skip size > 0" -v
like "$OUT" "2 skipped" "--filter"
haul home --filter='delete size > 0'
exits 78 "a contradiction to the file: 78"
like "$ERR" "contradict" "it is told"
haul home --filter='delete size > 1G' -k
exits 78 "also with -k"
haul home --filter='delete size > 1G' --keep=1d
exits 0 "the other account's setting does not matter"
haul config other --filter='skip size > 1G'
exits 0 "for the other one"
haul home --user=bob
exits 77 "--user"
haul home --state="$HOME/elsewhere" --to "mbox:$HOME/again"
is "$RC $(count_mail "$HOME/again")" "0 3" "--state"

# An account of the file and a URL.
printf 'machine 127.0.0.1 password secret\n' >"$HOME/.netrc"
chmod 600 "$HOME/.netrc"
haul check home "pop://alice@127.0.0.1:$PORT"
is "$RC $(printf '%s\n' "$OUT" | wc -l | tr -d ' ')" "0 2" "an account of the file and a URL"
mv "$CONFIG" "$CONFIG.away"
haul check home "pop://alice@127.0.0.1:$PORT"
exits 78 "the file is needed for the one"
haul check "pop://alice@127.0.0.1:$PORT"
exits 0 "and not for the other"

# Real servers, and TLS.
if can_dovecot; then
	fresh_home
	maildrop sample
	start_dovecot maildir
	dovecot_mail "$DROP"
	printf 'machine localhost login alice password secret\n' >"$HOME/.netrc"
	chmod 600 "$HOME/.netrc"
	haul check "pops://alice@localhost:$DOVECOT_POP3S"
	exits 77 "Dovecot: an unknown authority is refused"
	haul "pops://alice;AUTH=PLAIN@localhost:$DOVECOT_POP3S/" --tls-ca="$CERTS/ca.pem" \
		--to "mbox:$INBOX" --keep=yes
	exits 0 "Dovecot: pops"
	delivered "Dovecot: all is there"
	haul -v "pop+stls://localhost:$DOVECOT_POP3" --tls-ca="$CERTS/ca.pem" --user=alice \
		--to "mbox:$INBOX" -vv
	exits 0 "Dovecot: pop+stls"
	like "$ERR" "STLS" "Dovecot: by STLS"
else
	skip "Dovecot: $WHY"
fi

finish
