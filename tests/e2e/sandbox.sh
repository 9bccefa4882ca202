#!/bin/sh
# What somebody who gets hold of the process that talks to a server can do with it: next to nothing.
# A shared object in it (probe.c) tries, as soon as the first bytes have come from the network.
. "$(dirname "$0")/lib.sh"

PROBE=${PROBE:-${abs_top_builddir:-$(dirname "$HAULMAIL")}/tests/e2e/probe.so}

if sanitized || [ -n "${HAULMAIL_WRAPPER-}" ]; then
	skip_all "nothing can be preloaded under a sanitizer or a wrapper"
fi

SYSTEM=$("$HAULMAIL" --version | sed -n 's/^sandbox: //p')
[ -n "$SYSTEM" ] && pass "--version tells what there is: $SYSTEM" || fail "--version tells what there is"
case $SYSTEM in *Landlock*) landlock=yes ;; *) landlock= ;; esac
case $SYSTEM in *seccomp*) seccomp=yes ;; *) seccomp= ;; esac
case $SYSTEM in *"Landlock "[2-5]*) scopes= ;; *Landlock*) scopes=yes ;; *) scopes= ;; esac

# probed ATTEMPTS ARGS...: haul, with the attempts made from inside; $T/report tells.
probed()
{
	_attempts=$1
	shift
	rm -f "$T/report"
	HAULMAIL_PROBE_LOG=$T/report HAULMAIL_PROBE=$_attempts HAULMAIL_PROBE_LINK=$HOME/mail/stolen
	export HAULMAIL_PROBE_LOG HAULMAIL_PROBE HAULMAIL_PROBE_LINK
	HAULMAIL_WRAPPER="env LD_PRELOAD=$PROBE" haul "$@"
	unset HAULMAIL_PROBE_LOG HAULMAIL_PROBE HAULMAIL_PROBE_LINK
	[ -s "$T/report" ] || echo "no report" >"$T/report"
}

# refused TEXT: none of the attempts of the last run has succeeded, but all were made.
refused()
{
	is "$(grep -vE ': (Permission denied|Operation not permitted|Invalid cross-device link)$' \
		"$T/report")" "" "$1"
}

# done_ TEXT: all of them have succeeded.
done_()
{
	is "$(grep -v ': done$' "$T/report")" "" "$1"
}

# secrets: a home directory as an intruder wishes to find it.
secrets()
{
	mkdir -p "$HOME/.ssh" "$HOME/mail" "$HOME/other"
	echo key >"$HOME/.ssh/id"
	echo : >"$HOME/.bashrc"
	chmod 700 "$HOME/.ssh"
}

FILES="read $T/HOME/.ssh/id;list $T/HOME/.ssh;create $T/HOME/.ssh/authorized_keys;write $T/HOME/.bashrc"
FILES="$FILES;remove $T/HOME/.ssh/id;link $T/HOME/.ssh/id;rename $T/HOME/.ssh/id;list $T/HOME"
FILES="$FILES;symlink $T/HOME/mail/link;read $T/HOME/.config/haulmail/config;read /etc/ssl/private"
FILES="$FILES;read /proc/self/environ;read /proc/1/environ;create /tmp/haulmail-probe.$$"
FILES="$FILES;create $T/HOME/other/new;read /etc/shadow"
CALLS="exec /bin/true;trace;mount $T;namespace;bpf;listen;privileges;local;type;chmod $T/master"

# files: those attempts on the home of the moment.
files()
{
	echo "$FILES" | sed "s|$T/HOME|$HOME|g"
}

# fetched TEXT: everything has come all the same.
fetched()
{
	exits 0 "$1"
	delivered "$1: all of it" --ordered
}

maildrop sample
start_server "$DROP"

# ---- files

if [ -n "$landlock" ]; then
	fresh_home
	secrets
	INBOX=$HOME/mail/inbox
	home_config "keep yes"
	probed "$(files)" fetch
	refused "from inside, nothing of the user's can be read, written, listed, removed or moved"
	fetched "the mail is fetched in the sandbox"
	quiet "and nothing is said of it"
	is "$(cat "$HOME/.ssh/id")" key "what is to be kept safe is as it was"
	forget_journal
	probed "read /etc/hosts;create $HOME/mail/new;remove $HOME/mail/new;list $HOME/mail" fetch
	done_ "the target's own directory can be used, as locks and mail readers want it"

	home_config "keep yes" "sandbox no"
	forget_journal
	probed "$(files | tr ';' '\n' | grep -vE 'rename|remove|/tmp|shadow|private|proc/1' | tr '\n' ';' |
		sed 's/;$//')" fetch
	done_ "without the sandbox an intruder could do all that"
	rm -f "$HOME/.ssh/authorized_keys" "$HOME/mail/stolen" "$HOME/mail/link"

	# An mbox among all of the user's files: only that file, once it is there.
	fresh_home
	secrets
	home_config "keep yes"
	haul fetch
	forget_journal
	rm -f "$INBOX.lock"
	probed "read $HOME/.ssh/id;create $HOME/.ssh/authorized_keys;write $HOME/.bashrc;\
remove $HOME/.bashrc;create $HOME/new;read $HOME/.config/haulmail/config" fetch
	refused "an mbox beside the user's other files does not give them away"
	exits 0 "and gets its mail"
	is "$(count_mail)" 8 "to the last message"
	refuse "with its dotlock made and removed by somebody else" test -e "$INBOX.lock"

	fresh_home
	secrets
	home_config "keep yes" "deliver maildir \"$HOME/mail/Maildir\""
	probed "$(files)" fetch
	refused "so it is with a Maildir that is still to be made"
	exits 0 "which gets its mail"
	is "$(find "$HOME/mail/Maildir/new" -type f | wc -l)" 4 "to the last message"

	# Each account for itself.
	fresh_home
	secrets
	config <<-END
		defaults
		    host 127.0.0.1
		    port $PORT
		    tls off
		    user alice
		    password secret
		    keep yes
		account one
		    deliver mbox $HOME/mail/one
		account two
		    deliver mbox $HOME/other/two
	END
	probed "list $HOME/other" -j1 fetch
	is "$(sort "$T/report")" "list $HOME/other: Permission denied
list $HOME/other: done" "of two accounts, each reaches its own target, and not the other's"
	exits 0 "and both get their mail"

	# Commands that deliver nothing have no target in reach.
	fresh_home
	secrets
	INBOX=$HOME/mail/inbox
	home_config "keep yes"
	for command in check "list home" "show home 1" "mark home 1 seen" "delete --yes home 1" info; do
		# shellcheck disable=SC2086 # a command and its arguments
		probed "read $HOME/.ssh/id;create $HOME/mail/new;read $HOME/.config/haulmail/config" $command
		refused "haulmail $command reaches neither secrets nor targets"
	done
	stop_server
	maildrop sample
	start_server "$DROP"
else
	skip "files: this kernel has no Landlock"
fi

# ---- system calls

fresh_home
secrets
INBOX=$HOME/mail/inbox
home_config "keep yes"
if [ -n "$seccomp" ]; then
	probed "$CALLS" fetch
	refused "from inside, no program can be started, no process traced, nothing mounted"
	fetched "the mail is fetched with those calls forbidden"
	home_config "keep yes" "sandbox no"
	forget_journal
	probed "exec /bin/true;listen;privileges;local;type;chmod $HOME/.bashrc" fetch
	done_ "without the sandbox, programs can be started"
else
	skip "system calls: built without libseccomp, or the kernel has no seccomp"
fi
if [ -n "$scopes" ]; then
	home_config "keep yes"
	forget_journal
	probed "signal" fetch
	refused "no process outside gets a signal"
else
	skip "signals: Landlock is older than version 6"
fi

# ---- what cannot be confined

fresh_home
secrets
home_config "keep yes" "deliver pipe \"cat $HOME/.ssh/id >$HOME/copy; cat >/dev/null\""
haul fetch
exits 0 "a program that mail is piped into runs"
is "$(cat "$HOME/copy")" key "and may do what the user may"
haul info
like "$OUT" "fetching in sandbox +off: \"deliver pipe\" starts a program" "info says so"
home_config "keep yes" "connect-command \"nc 127.0.0.1 $PORT\""
haul info
like "$OUT" "fetching in sandbox +off: connect-command" "as it does of a connect-command"
home_config "keep yes" "sandbox no"
haul info
like "$OUT" "fetching in sandbox +off: the config says \"sandbox no\"" "and of the config's word"
INBOX=$HOME/mail/inbox
home_config "keep yes"
haul info
if [ -n "$landlock" ]; then
	like "$OUT" "fetching in sandbox +only files in .*$HOME/mail" "else, which files are in reach"
	haul info --json
	like "$OUT" "\"sandbox\":\"only files in .*$HOME/mail" "also for programs"
fi
home_config "sandbox perhaps"
haul fetch
exits 78 "a sandbox is either wanted or not"

# ---- what a second process does for the first

fresh_home
secrets
INBOX=$HOME/mail/inbox
cat >"$HOME/token" <<'END'
#!/bin/sh
[ -z "${HAULMAIL_TOKEN_REFUSED-}" ] || echo renewed >>"$HOME/runs"
if [ -n "${HAULMAIL_TOKEN_REFUSED-}" ]; then echo good; else echo old; fi
END
chmod 700 "$HOME/token"
stop_server
start_server "$DROP" --sasl OAUTHBEARER --token good --token-host 127.0.0.1
home_config "keep yes" "auth oauthbearer" "password-command $HOME/token"
sed -i '/password secret/d' "$CONFIG"
if [ -n "$landlock$seccomp" ]; then
	probed "exec /bin/true;read $HOME/.ssh/id" fetch
	refused "a command that renews tokens gives an intruder no program"
fi
exits 0 "and the token is renewed"
is "$(cat "$HOME/runs")" renewed "by the command"

# In a spool directory nobody but a setgid program can make dotlocks.
if [ "$(id -u)" -ne 0 ] || ! can_be_unprivileged; then
	skip "a spool directory: only root can make one"
elif [ ! -g /usr/bin/dotlockfile ] || [ "$(stat -c %G /usr/bin/dotlockfile)" != mail ]; then
	skip "a spool directory: dotlockfile is not installed"
else
	fresh_home
	secrets
	mkdir "$T/spool"
	chgrp mail "$T/spool"
	chmod 2775 "$T/spool"
	INBOX=$T/spool/nobody
	: >"$INBOX"
	chown nobody "$INBOX"
	chmod 600 "$INBOX"
	cp "$PROBE" "$T/probe.so"
	start_server "$DROP"
	home_config "keep yes"
	HAULMAIL_PROBE_LOG=$HOME/report HAULMAIL_PROBE="exec /bin/true;read $HOME/.ssh/id"
	export HAULMAIL_PROBE_LOG HAULMAIL_PROBE
	HAULMAIL_WRAPPER="env LD_PRELOAD=$T/probe.so"
	unprivileged haul fetch
	unset HAULMAIL_PROBE_LOG HAULMAIL_PROBE HAULMAIL_WRAPPER
	mv "$HOME/report" "$T/report"
	refused "nor does the program that makes locks in a spool directory"
	exits 0 "where the mail goes"
	quiet "under a dotlock, as nothing is said of one that cannot be had"
fi

# Somebody kills it while the twin holds the dotlock: the lock ends with it.
INJECT=$(dirname "$PROBE")/../fault/inject.so
fresh_home
secrets
stop_server
start_server "$DROP"
home_config "keep yes"
haul fetch
forget_journal
HAULMAIL_FAULT_LOG=$T/calls HAULMAIL_WRAPPER="env LD_PRELOAD=$INJECT" haul fetch
at=$(awk -F '\t' -v inbox="$INBOX" '$2 == "writev" && index($0, inbox) { print $1; exit }' "$T/calls")
like "$at" "^file:[0-9]+\$" "an mbox is written to"
forget_journal
HAULMAIL_FAULT_AT=$at HAULMAIL_FAULT_DO=kill-after HAULMAIL_WRAPPER="env LD_PRELOAD=$INJECT" \
	run_haulmail fetch >/dev/null 2>&1
is "$?" 137 "and its writer can be killed then"
for i in 1 2 3 4 5 6 7 8 9 10; do
	[ ! -e "$INBOX.lock" ] || sleep 0.5
done
refuse "which leaves no dotlock behind" test -e "$INBOX.lock"
haul fetch
exits 0 "so that the next run need not wait for anybody"

finish
