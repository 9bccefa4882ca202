#!/bin/sh
# What the documentation shows works: haulmail accepts the config files of the manual and of
# README, and the script that goes with procmail loses nothing.
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

# readme_config FILE: the indented lines of README from "account" to the next empty line.
readme_config()
{
	sed -n '/^    account /,/^$/p' "$1"
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

skip()
{
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# ---- config files

# problems FILE: what haulmail has to say against a config file; what it prints goes to shown.
problems()
{
	chmod 600 "$1"
	"$HAULMAIL" -c "$1" config 2>&1 >"$tmp/shown" </dev/null
	status=$?
	[ "$status" -eq 0 ] || echo "status $status"
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
	is "there are as many as there were" "$found" 6
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

# ---- procmail

missing_programs()
{
	for program in procmail formail lockfile flock; do
		command -v "$program" >/dev/null || echo "$program"
	done
}

# A haulmail that finds new mail once, and a procmail that reads no file of the user's.
make_programs()
{
	mkdir "$tmp/bin" "$HOME/mail"
	cat >"$tmp/bin/haulmail" <<-END
	#!/bin/sh
	[ ! -e "$tmp/new" ] || { cat "$tmp/new" >>"$HOME/mail/fetched" && rm "$tmp/new"; }
	exit \${HAULMAIL_STATUS:-0}
	END
	cat >"$tmp/bin/procmail" <<-END
	#!/bin/sh
	[ -z "\$PROCMAIL_FAILS" ] || exit 75
	exec $(command -v procmail) "$tmp/rc"
	END
	cat >"$tmp/rc" <<-END
	MAILDIR=$HOME/mail
	DEFAULT=$HOME/mail/default
	LOGFILE=$tmp/log
	:0:
	* ^Subject: two
	two
	END
	chmod 755 "$tmp/bin/haulmail" "$tmp/bin/procmail"
	PATH=$tmp/bin:$PATH
}

# Mail as haulmail would write it, and of the kinds that lead formail astray.
new_mail()
{
	from='From a@example.org Mon Aug  4 09:12:44 2025'
	printf "$from\n%b\n\n" 'Subject: one\nContent-Length: 9999\n\n>From here' \
	    'Subject: two\n\n>>From here' 'no header at all' '\nbody alone' 'X: 1\n\none field' \
	    'Subject: six\n\nthe last' >"$tmp/new"
}

mail_in()
{
	grep -hc '^From ' "$HOME/mail/$1" 2>/dev/null || true
}

run_script()
{
	sh "$tmp/script" >"$tmp/said" 2>&1
	echo "status $?$(sed 's/^/, /' "$tmp/said")"
}

check_procmail()
{
	new_mail
	is "what procmail refuses: the status" "$(PROCMAIL_FAILS=yes && export PROCMAIL_FAILS &&
		run_script)" "status 75"
	is "and all of it is kept" "$(mail_in fetched.work)" 6
	new_mail
	is "the next run" "$(run_script)" "status 0"
	is "files it" "$(mail_in default) and $(mail_in two)" "5 and 1"
	is "and leaves new mail alone" "$(mail_in fetched)" 6
	is "the run after that" "$(run_script)" "status 0"
	is "files that too" "$(mail_in default) and $(mail_in two)" "10 and 2"
	is "and nothing is left" "$(echo "$HOME"/mail/*)" \
	    "$HOME/mail/default $HOME/mail/fetched.run $HOME/mail/two"
	new_mail
	is "a haulmail that fails: the status" "$(HAULMAIL_STATUS=77 && export HAULMAIL_STATUS &&
		run_script)" "status 77"
	is "and the mbox stays where it is" "$(mail_in fetched)" 6
	: >"$HOME/mail/fetched.lock"
	sed 's/-1 -r 60/-1 -r 0/' "$tmp/script" >"$tmp/impatient"
	mv "$tmp/impatient" "$tmp/script"
	is "an mbox that is locked" "$(run_script | sed 's/,.*//')" "status 75"
	is "stays where it is" "$(mail_in fetched)" 6
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
readme_config "$srcdir/README" >"$HOME/config"
is "the config file of README" "$(problems "$HOME/config")" ""
echo "account spoilt" >"$HOME/config"
is "finds a config file that is wrong" "$(problems "$HOME/config" | tail -n 1)" "status 78"

for i in $(seq "$(number "$srcdir/man/haulmail.1")"); do
	display "$i" "$srcdir/man/haulmail.1" >"$tmp/script"
	[ "$(head -n 1 "$tmp/script")" != "#!/bin/sh" ] || break
done
is "haulmail(1) has a script" "$(head -n 1 "$tmp/script")" "#!/bin/sh"
missing=$(missing_programs)
if [ -z "$missing" ]; then
	make_programs
	check_procmail
else
	skip "the script of haulmail(1)" "not here: $(echo "$missing" | tr '\n' ' ')"
fi
echo "1..$n"
