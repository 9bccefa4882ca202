#!/bin/sh
# What haulmail(1) shows for procmail, word for word, with the real procmail and formail.
. "$(dirname "$0")/lib.sh"

MANUAL=$E2E/../../man/haulmail.1

for program in procmail formail; do
	command -v "$program" >/dev/null || skip_all "$program is not here"
done

# Root's procmail looks for its rules in root's own home: it is told where they are.
mkdir "$T/bin"
cat >"$T/bin/procmail" <<END
#!/bin/sh
exec $(command -v procmail) "\$@" "\$HOME/.procmailrc"
END
cat >"$T/bin/haulmail" <<END
#!/bin/sh
exec ${HAULMAIL_WRAPPER-} "$HAULMAIL" "\$@"
END
chmod 755 "$T/bin/procmail" "$T/bin/haulmail"
PATH=$T/bin:$PATH

# shown PATTERN: the lines of the manual's displays that match, as a reader sees them.
shown()
{
	awk -v wanted="$1" '
	/^[.]Ed/ { inside = 0 }
	inside && $0 ~ wanted { gsub(/\\e/, "\\"); print }
	/^[.]Bd -literal/ { inside = 1 }' "$MANUAL"
}

# filing: procmail's rules, and a place where it files.
filing()
{
	mkdir -p "$HOME/mail"
	cat >"$HOME/.procmailrc" <<-END
	MAILDIR=$HOME/mail
	DEFAULT=$HOME/mail/default
	ORGMAIL=$HOME/mail/default
	LOCKEXT=.lock
	:0:
	* ^Subject: Welcome
	$HOME/mail/welcome
	END
}

filed() { echo "$(count_mail "$HOME/mail/default") and $(count_mail "$HOME/mail/welcome")"; }

fresh_home
maildrop sample
start_server "$DROP"
filing
home_config
sed '/deliver/d' "$CONFIG" >"$T/config"
shown '^deliver pipe "procmail' >>"$T/config"
config <"$T/config"
like "$(cat "$CONFIG")" 'deliver pipe "procmail' "the manual shows a target"
haul
exits 0 "it works"
quiet "in silence"
is "$(filed)" "3 and 1" "all messages are filed by their rules"
is "$(on_server)" 0 "and deleted on the server"

# procmail cannot file anything: its mail stays on the server.
refill
rm -rf "$HOME/mail"
haul
exits 75 "procmail cannot file: a trouble that passes"
is "$(on_server)" 4 "procmail cannot file: nothing is deleted"
mkdir "$HOME/mail"
haul
exits 0 "procmail can file again"
is "$(filed)" "3 and 1" "and does, each message once"
is "$(on_server)" 0 "and all is deleted"
stop_server

fresh_home
maildrop sample
start_server "$DROP"
filing
home_config
pipeline=$(shown '^haulmail --to stdout')
like "$pipeline" '\| formail .*-s procmail' "the manual shows a pipeline"
is "$(sh -c "$pipeline" 2>&1)" "" "it works in silence"
is "$(filed)" "3 and 1" "all messages are filed by their rules"
is "$(on_server)" 0 "and deleted on the server"

finish
