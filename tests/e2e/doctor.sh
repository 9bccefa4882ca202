#!/bin/sh
# haulmail config as a doctor: what is wrong with files, directories and rules.
. "$(dirname "$0")/lib.sh"

# about LINE...: the config's account home with these lines, and what is found.
about()
{
	{
		printf 'account home\n    host pop.example.org\n    user alice\n'
		printf '    %s\n' "$@"
	} | config
	haul config
}

# finds TEXT PATTERN: one finding, of the account, and the status for it.
finds()
{
	exits 73 "$1: the status"
	is "$(grep -c '^haulmail: home: ' "$T/err")" 1 "$1: one finding"
	like "$ERR" "$2" "$1: in clear words"
}

fresh_home
sound="deliver mbox \"$HOME/inbox\""
about "$sound"
exits 0 "nothing wrong"
is "$ERR" "" "and nothing said"
contains "$OUT" "# Fetches all new mail of alice from pop.example.org, by TLS, delivers it to \
mbox $HOME/inbox, and deletes it on the server then." "what a run would do, in a sentence"
cp "$T/out" "$T/again"
chmod 600 "$T/again"
haul -c "$T/again" config
is "$OUT" "$(cat "$T/again")" "what is shown is a config file still"
about "$sound" 'deliver maildir "~/Mail"' 'deliver pipe "cat >/dev/null"' 'keep 14d' 'tls stls' \
	'filter skip size > 1M' 'filter delete header "^X: y"'
exits 0 "several targets and rules"
contains "$OUT" "# Fetches selected mail of alice from pop.example.org, by STLS (2 rules), \
delivers it to mbox $HOME/inbox, maildir $HOME/Mail and pipe cat >/dev/null, and deletes it on \
the server 14d later." "in a sentence"

chmod g+w "$CONFIG"
haul config
exits 78 "a config file that others may write"
like "$ERR" "$CONFIG: others may write it" "is told"
chmod 600 "$CONFIG"

about "$sound" 'password-file "~/nosuch"'
finds "password-file is missing" "password-file .*/nosuch: No such file"
echo secret >"$HOME/pw"
chmod 644 "$HOME/pw"
about "$sound" 'password-file "~/pw"'
finds "password-file is readable by others" "chmod 600"
: >"$HOME/empty"
chmod 600 "$HOME/empty"
about "$sound" 'password-file "~/empty"'
finds "password-file is empty" "is empty"
about "$sound" 'tls-ca "~/nosuch.pem"'
finds "tls-ca is missing" "tls-ca .*nosuch.pem: No such file"
about "$sound" 'socket "~/nosuch.sock"' 'tls off'
finds "a socket is missing" "socket .*nosuch.sock"

about 'deliver mbox "~/nosuch/inbox"'
finds "the directory of an mbox is missing" "deliver mbox: the directory .*/nosuch: No such file"
about 'deliver mbox "~/pw/inbox"'
finds "the directory of an mbox is a file" "pw.* (is not a directory|Not a directory)"
about 'deliver maildir "~/pw"'
finds "a Maildir is a file" "deliver maildir: .*pw is not a directory"
about "$sound" 'refused mbox "~/nosuch/refused"'
finds "refused mbox is the same" "refused mbox: the directory"
about "$sound" 'state "~/pw/journal"'
finds "the journal's directory is a file" "state: .*pw is not a directory"
echo "no journal" >"$HOME/other"
about "$sound" 'state "~/other"'
finds "the journal is something else" "state: .*other"
about "$sound" 'state "~/made/by/us/journal"'
exits 0 "directories on the way to a journal are made"

about "$sound" 'filter skip size > 10M size < 5M'
finds "conditions that contradict" 'filter skip size > 10M size < 5M: can never match: .*contradict'
about "$sound" 'filter skip size > 10M' 'filter delete size > 20M header "^X:"'
finds "a rule behind one that takes all it would" 'filter delete .*can never match: .*rule 1 '
about "$sound" 'filter skip size > 10M' 'max-size 20M'
finds "max-size behind such a rule" 'filter skip size > 20M: can never match'
about "$sound" 'filter skip size > 20M' 'filter delete size > 10M'
exits 0 "the other way round it can"

config <<END
account home
    host pop.example.org
    $sound
account work
    host pop.example.net
    $sound
    state "$JOURNAL"
END
haul config home
finds "two accounts on one journal" "also that of account work"

if can_be_unprivileged; then
	mkdir "$HOME/locked"
	: >"$HOME/locked/inbox"
	chmod 555 "$HOME/locked"
	chmod 000 "$HOME/empty" "$HOME/locked/inbox"
	about_locked()
	{
		chown root "$HOME/locked" "$HOME/locked/inbox" 2>/dev/null
		haul config
	}
	about 'deliver mbox "~/locked/new"'
	unprivileged about_locked
	finds "a directory that is not writable" "locked is not writable"
	about 'deliver mbox "~/locked/inbox"'
	unprivileged about_locked
	finds "an mbox that is not writable" "locked/inbox: Permission denied"
	about "$sound" 'tls-ca "~/empty"'
	unprivileged about_locked
	finds "a CA file that is not readable" "tls-ca .*Permission denied"
else
	skip "permissions: this user may do all"
fi

config <<END
account home
    hots pop.example.org
END
haul config
exits 78 "a config file that is wrong"
unlike "$OUT" "# Fetches" "is not described"

# ---- relays

fresh_home
PORT=110
home_config "tls off" "deliver smtp office to bob@example.org"
printf 'relay office\n    host smtp.example.net\n' >>"$CONFIG"
haul config
exits 0 "a target that a relay serves is left to its server"
contains "$OUT" "delivers it to smtp office:bob@example.org" "and described"

finish
