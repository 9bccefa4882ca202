#!/bin/sh
# The config file: where it is looked for, what it may say, and how mistakes are told.
. "$(dirname "$0")/lib.sh"

# ---- mistakes: exit status 78, the place, and a hint

# mistake LINE:COLUMN PATTERN TEXT <<CONFIG
mistake()
{
	fresh_home
	config
	haul config
	exits 78 "$3: refused"
	case $1 in
	*:) like "$ERR" "$CONFIG:$1[0-9]+: .*$2" "$3: told with its place" ;;
	*) like "$ERR" "$CONFIG:$1: .*$2" "$3: told with its place" ;;
	esac
	unlike "$OUT" "$CONFIG:[0-9]" "$3: on stderr"
}

mistake 2:5 "hots.*host" "misspelt keyword" <<'END'
account a
    hots example.org
END
mistake 3:5 "nonsense" "unknown keyword" <<'END'
account a
    host example.org
    nonsense 1
END
mistake 2:10 "tsl|tls|pop3s" "unknown value" <<'END'
account a
    tls  sometimes
END
mistake 1:1 "acount.*account" "misspelt section" <<'END'
acount a
    host example.org
END
mistake 2:10 "port|99999" "port out of range" <<'END'
account a
    port 99999
END
mistake 2:10 "port" "port zero" <<'END'
account a
    port 0
END
mistake 2:13 "timeout|soon" "no duration" <<'END'
account a
    timeout soon
END
mistake 2:14 "size|5Q" "no size" <<'END'
account a
    max-size 5Q
END
mistake 3: "." "missing quote" <<'END'
account a
    host example.org
    user "alice
    password x
END
mistake 2: "\(" "no regular expression" <<'END'
account a
    filter skip header "("
END
mistake 2: "." "half a rule" <<'END'
account a
    filter skip size >
END
mistake 2: "." "one word too many" <<'END'
account a
    host example.org example.net
END
mistake 2: "." "no value" <<'END'
account a
    host
END
mistake 3: "a" "an account twice" <<'END'
account a
    host example.org
account a
    host example.net
END
mistake 1: "." "a keyword outside of a section" <<'END'
host example.org
END
mistake 2: "deliver|target|telepathy" "unknown target" <<'END'
account a
    deliver telepathy "$HOME/x"
END
mistake 1: "nowhere" "an include that is not there" <<'END'
include "~/nowhere"
END
mistake 1: "." "an include that includes itself" <<'END'
include "~/.config/haulmail/config"
END

fresh_home
printf 'account a\n    host example.org\n    user "al\rice"\n' | config
haul config
exits 78 "a control character in a name is refused"
check "and not echoed" printable "$T/err"

fresh_home
printf 'account a\n    host example.org\n    user alice\n    password \0x\n' | config
haul config
exits 78 "NUL is refused"

fresh_home
config <<'END'
account a
    user alice
END
haul config
exits 78 "an account without a host is refused"
like "$ERR" "host" "by that name"

fresh_home
config <<'END'
account a
    hots example.org
    prot 110
account b
    host example.org
    usre bob
END
haul config
exits 78 "several mistakes are refused"
is "$(grep -c "$CONFIG:[0-9]*:[0-9]*: " "$T/err")" 3 "and all of them are told"

fresh_home
haul fetch
exits 78 "no config file at all"
like "$ERR" "config" "is told as such"

fresh_home
haul -c "$HOME/nosuch" config
exits 78 "a config file that is not there"
like "$ERR" "nosuch" "is named"

fresh_home
config <<'END'
account a
    host example.org
    user alice
    password secret
END
chmod 644 "$CONFIG"
haul config
exits 78 "a password in a file that others can read is refused"
like "$ERR" "read" "with the reason"
sed -i '/password/d' "$CONFIG"
haul config
exits 0 "without a password in it others may read it"

# ---- what it may say

fresh_home
maildrop sample
start_server "$DROP" --user 'al "ice" \ #1' --password 'pa ss#"\'
mkdir "$HOME/in clude" "$HOME/mail"
cat >"$HOME/in clude/more" <<'END'
    user "al \"ice\" \\ #1"   # a comment behind a quoted hash
END
{
	cat <<END
# A comment, and an empty line

defaults
	tls	off
	host    127.0.0.1
	timeout 1m
account home # sweet
	port $PORT
END
	cat <<'END'
	include "~/in clude/more"
	password "pa ss#\"\\"
    deliver  mbox  "$HOME/mail/in box"
END
	printf '\tkeep yes'
} | config
INBOX="$HOME/mail/in box"
haul
exits 0 "quotes, comments, tabs, include, ~ and \$HOME are understood"
delivered "and the mail goes to the right place" --ordered

haul config
exits 0 "haulmail config succeeds"
for word in home 127.0.0.1 "$PORT" keep "in box"; do
	contains "$OUT" "$word" "config: shows $word"
done
unlike "$OUT$ERR" 'pa ss' "config: masks the password"
haul config home
exits 0 "config: takes an account"
haul config nosuch
exits "64 78" "config: refuses one that is not there"

fresh_home
maildrop sample
start_server "$DROP"
home_config
sed 's/$/\r/' "$CONFIG" >"$T/crlf"
config <"$T/crlf"
haul
exits "0 78" "CRLF line ends are understood or refused"
[ "$RC" -ne 0 ] || delivered "and if understood, so is the path at the line's end"

# ---- passwords

# login TEXT STATUS LINE: an account with this password line.
login()
{
	home_config "$3"
		forget_transcript
	haul
	exits "$2" "$1"
}

fresh_home
maildrop sample
start_server "$DROP"
echo secret >"$HOME/pw"
chmod 600 "$HOME/pw"
login "password-file" 0 'password-file "~/pw"'
printf 'secret' >"$HOME/pw"
login "password-file without a newline" 0 'password-file "~/pw"'
chmod 644 "$HOME/pw"
login "password-file that others can read" "77 78" 'password-file "~/pw"'
login "password-file that is not there" "77 78" 'password-file "~/nosuch"'
login "password-command" 0 'password-command "echo secret"'
login "password-command with a pipe" 0 'password-command "printf SECRET | tr A-Z a-z"'
login "password-command that fails" "75 77 78" 'password-command "echo secret; exit 3"'
is "$(asked 'PASS.*')" 0 "its output is not used"
login "password-command that says nothing" "77 78" 'password-command true'
login "a control character in a password" "77 78" \
	'password-command "printf \"sec\\\\rret\""'
is "$(asked 'PASS.*')" 0 "it never reaches the server"

# ---- what "defaults" says, and what an account says instead

fresh_home
maildrop sample
start_server "$DROP"
echo wrong >"$HOME/wrong"
chmod 600 "$HOME/wrong"
config <<END
defaults
    host 127.0.0.1
    port $PORT
    tls off
    user alice
    password-file "~/wrong"
    tls-fingerprint sha256:$(printf %064d 1)
    tls-fingerprint sha256:$(printf %064d 2)
    max-size 1M
    filter skip size > 2M
account home
    password-command "echo secret"
    tls-fingerprint sha256:$(printf %064d 3)
    deliver mbox "$INBOX"
    filter skip size > 3M
END
haul
exits 0 "an account's own kind of password replaces that of defaults"
haul config
is "$(grep -c tls-fingerprint "$T/out")" 1 "config: its own fingerprint replaces theirs"
is "$(grep -c 'filter .*size' "$T/out")" 2 "config: filters add up, max-size is not one of them"
is "$(grep -c 'max-size' "$T/out")" 1 "config: it stands there once"
cp "$T/out" "$T/shown"
config <"$T/shown"
haul config
is "$(cat "$T/out")" "$(cat "$T/shown")" "config: what it shows says the same as a config file"

# ---- where it is looked for, and where the journal lies

fresh_home
maildrop sample
start_server "$DROP"
home_config "keep yes" "state \"~/elsewhere/journal\""
mkdir "$HOME/elsewhere"
haul
exits 0 "state: fetched"
check "state: the journal lies there" grep -q "^haulmail journal 1" "$HOME/elsewhere/journal"
refuse "state: and not in the usual place" test -e "$JOURNAL"

home_config "keep yes"
mv "$CONFIG" "$HOME/.haulmailrc"
haul
exits 0 "~/.haulmailrc is found"
mkdir -p "$HOME/xdg/haulmail" "$HOME/xdgstate"
mv "$HOME/.haulmailrc" "$HOME/xdg/haulmail/config"
XDG_CONFIG_HOME=$HOME/xdg XDG_STATE_HOME=$HOME/xdgstate
export XDG_CONFIG_HOME XDG_STATE_HOME
haul
unset XDG_CONFIG_HOME XDG_STATE_HOME
exits 0 "\$XDG_CONFIG_HOME is honoured"
check "\$XDG_STATE_HOME is honoured" test -s "$HOME/xdgstate/haulmail/home"
mv "$HOME/xdg/haulmail/config" "$HOME/own"
haul -c "$HOME/own"
exits 0 "-c FILE is honoured"

finish
