#!/bin/sh
# What the documentation shows works: haulmail accepts the config files of the manuals and of README.
# What they say of procmail is tried by tests/e2e/procmail.sh.
: "${srcdir:=.}"
: "${HAULMAIL:=./haulmail}"
LC_ALL=C
export LC_ALL

# display N FILE: the N-th literal display of a manual page, as a reader sees it.
display()
{
	awk -v wanted="$1" '
	/^[.]Ed/ { inside = 0 }
	inside && n == wanted { gsub(/\\e/, "\\"); print }
	/^[.]Bd -literal/ { inside = 1; n++ }' "$2"
}

# number FILE: how many of them there are.
number()
{
	grep -c '^\.Bd -literal' "$1"
}

# readme_config FILE: the indented lines of README from "account" or "relay" to the next empty line.
readme_config()
{
	sed -n '/^    account /,/^$/p; /^    relay /,/^$/p' "$1"
}

n=0
is()
{ # WHAT GOT WANTED
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf 'got:  %s\nwant: %s\n' "$2" "$3" | sed 's/^/# /'
	fi
}

# ---- config files

# problems FILE: what haulmail has to say against a config file; what it prints goes to shown. That a
# file or a directory is missing here (status 73) is nothing against it.
problems()
{
	chmod 600 "$1"
	"$HAULMAIL" -c "$1" config >"$tmp/shown" 2>"$tmp/said" </dev/null
	status=$?
	[ "$status" -eq 73 ] || cat "$tmp/said"
	[ "$status" -eq 0 ] || [ "$status" -eq 73 ] || echo "status $status"
	grep -q '^account ' "$tmp/shown" || echo "no account"
}

check_manual()
{
	found=0 last=$(number "$srcdir/man/haulmail.conf.5")
	for i in $(seq "$last"); do
		display "$i" "$srcdir/man/haulmail.conf.5" >"$HOME/config"
		case $(head -n 1 "$HOME/config") in
		account* | defaults*) ;;
		*) continue ;;
		esac
		found=$((found + 1))
		is "haulmail.conf(5), display $i" "$(problems "$HOME/config")" ""
	done
	is "there are as many as there were" "$found" 12
}

check_table()
{
	{
		echo "account filters"
		echo "host pop.example.org"
		sed -n 's/^\.It Li "\(filter .*\)" Ta .*/\1/p' "$srcdir/man/haulmail.conf.5" |
			sed 's/\\(dq/"/g; s/\\e/\\/g'
	} >"$HOME/config"
	is "the filters of haulmail.conf(5)" "$(problems "$HOME/config")" ""
	is "they are all there" "$(grep -c '^    filter ' "$tmp/shown")" 5
}

# The lines for an account that haulmail(1) shows, and README's for procmail, added to one.
check_lines()
{
	for i in $(seq "$(number "$srcdir/man/haulmail.1")"); do
		display "$i" "$srcdir/man/haulmail.1" >"$tmp/lines"
		case $(head -n 1 "$tmp/lines") in
		deliver*) ;;
		*) continue ;;
		esac
		printf 'account home\nhost pop.example.org\n' | cat - "$tmp/lines" >"$HOME/config"
		is "haulmail(1), display $i" "$(problems "$HOME/config")" ""
	done
	{
		printf 'account home\nhost pop.example.org\n'
		grep '^    deliver pipe' "$srcdir/README"
	} >"$HOME/config"
	is "README on procmail" "$(problems "$HOME/config")" ""
	is "is a target" "$(grep -c 'deliver *pipe' "$tmp/shown")" 1
}

# ---- command lines

# commands FILE: the lines of README or of a manual page that call haulmail with a URL.
commands()
{
	sed -n 's/^[ $]*\(haulmail .*pops:.*\)/\1/p' "$1"
}

# Each of them, as "haulmail config ...": what it asks for can be done.
check_commands()
{
	for file in "$srcdir/README" "$srcdir/man/haulmail.1"; do
		commands "$file" >"$tmp/commands"
		is "$(basename "$file") shows some" "$(test -s "$tmp/commands" && echo yes)" yes
		while read -r line; do
			# the subcommand is left out
			rest=$(echo "$line" | sed 's/^haulmail *//; s/^[a-z][a-z]* \(-l \)*//')
			# shellcheck disable=SC2086 # words
			said=$("$HAULMAIL" config $rest 2>&1 </dev/null >"$tmp/shown")
			is "$line" "$? $said $(grep -c ^account "$tmp/shown")" "0  1"
		done <"$tmp/commands"
	done
}

# ---- the tests

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
HOME=$tmp/home
export HOME
mkdir "$HOME"
printf 'account more\n    host pop.example.org\n' >"$HOME/more-accounts"

check_manual
check_table
check_lines
check_commands
readme_config "$srcdir/README" >"$HOME/config"
is "the config files of README" "$(problems "$HOME/config")" ""
is "are all there" "$(grep -c '^account ' "$tmp/shown")" 6
echo "account spoilt" >"$HOME/config"
is "finds a config file that is wrong" "$(problems "$HOME/config" | tail -n 1)" "status 78"

echo "1..$n"
