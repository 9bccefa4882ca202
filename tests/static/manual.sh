#!/bin/sh
# The manual says what the code says: its keywords, their arguments, values and defaults, the
# commands and options, the exit statuses, the environment. And mandoc finds no fault in it.
: "${srcdir:=.}"
: "${HAULMAIL:=./haulmail}"
LC_ALL=C
export LC_ALL

# ---- what the code says, what the manual says: a list each, to be compared

# "name argument|default" of each row of the table in options.c; TABLE is that of relays, if not
# the accounts'.
code_keywords()
{
	awk -v start="^const struct option ${TABLE-options}[[]" '
	$0 ~ start { inside = 1; next }
	inside && /^};/ { exit }
	inside { table = table $0 }
	END {
		n = split(table, row, /[{] *"/)
		for (i = 2; i <= n; i++) {
			split("\"" row[i], string, "\"")
			print string[2] " " string[4] "|" string[6]
		}
	}' "$1"
}

# The same of the KEYWORDS section, or of $SECTION. The default is what stands between "Default:" and the next
# keyword, without macros and the full stop.
manual_keywords()
{
	awk -v section="${SECTION-KEYWORDS}" '
	function finish() {
		if (item == "")
			return
		sub(/ *[.]$/, "", standard)
		print item "|" standard
		item = standard = ""
		reading = 0
	}
	/^[.]Sh/ { inside = $2 == section }
	!inside { finish(); next }
	/^[.]It Cm [^ ]+ Ar / { finish(); item = substr($0, 8); sub(/ Ar /, " ", item); next }
	/^[.]El/ && reading { finish(); next }
	reading {
		sub(/^[.][A-Z][a-z] /, "")
		standard = standard (standard == "" ? "" : " ") $0
	}
	$0 == "Default:" { reading = 1 }' "$1"
}

# "name value" for each value that a keyword can have by its table of words, sorted.
code_values()
{
	awk -v start="^const struct option ${TABLE-options}[[]" '
	/^static const char [*]const [a-z_]+\[\] = / {
		for (i = 1; i <= NF; i++)
			if ($i ~ /\[\]$/)
				array = substr($i, 1, length($i) - 2)
		sub(/^[*]const/, "", array)
		sub(/^[^{]*/, "")
		open = 1
	}
	open { words[array] = words[array] $0 }
	/};/ { open = 0 }
	$0 ~ start { inside = 1; next }
	inside && /^};/ { inside = 0 }
	inside { table = table $0 }
	END {
		n = split(table, row, /[{] *"/)
		for (i = 2; i <= n; i++) {
			name = row[i]
			sub(/".*/, "", name)
			for (array in words)
				if (index(row[i], " " array ",")) {
					m = split(words[array], string, "\"")
					for (j = 2; j <= m; j += 2)
						print name " " string[j]
				}
		}
	}' "$1" | sort
}

# "name value" for each value in the list below a keyword, or in its argument "a|b".
manual_values()
{
	awk -v section="${SECTION-KEYWORDS}" '
	/^[.]Sh/ { inside = $2 == section }
	!inside { next }
	/^[.]It Cm [^ ]+ Ar / {
		name = $3
		if (index($5, "|")) {
			n = split($5, word, "|")
			for (i = 1; i <= n; i++)
				if (word[i] ~ /^[a-z0-9]+$/)
					print name " " word[i]
		}
		next
	}
	/^[.]It Cm / { print name " " $3 }' "$1" | sort -u
}

# Of those, only the keywords that the first list has: others have a grammar of their own.
known_values()
{ # CODE MANUAL
	awk 'FNR == NR { known[$1]; next } $1 in known' "$1" "$2"
}

# What --help printed, as "command fetch [ACCOUNT]..." and "option -c --config FILE". The arguments of
# a command have no small letters, but for words to choose from.
help_words()
{
	awk '
	/^[a-z]+:$/ { section = $1; next }
	!/^  / { section = ""; next }
	section == "commands:" {
		words = "command " $1
		for (i = 2; i <= NF && ($i ~ /^[^a-z]+$/ || $i ~ /[|]/); i++)
			words = words " " $i
		print words
	}
	section == "options:" {
		sub(/^ +/, "")
		sub(/   *[^ ].*$/, "") # what is said of it stands behind two blanks
		sub(/,/, "")
		print "option " $0
	}' "$1"
}

manual_words()
{
	sed -n -e '/^\.Sh DESCRIPTION/,/^\.Sh [^D]/{' \
	    -e '/^\.It Cm [a-z]* .*Ar /{' -e 's/^\.It Cm /command /' \
	    -e 's/ Op Ar \([A-Z]*\) \.\.\./ [\1].../' -e 's/ Op Ar \([A-Z]*\)/ [\1]/' \
	    -e 's/ Ar / /g' -e 's/ Cm / /g' -e 's/ | /|/g' -e 'p' -e '}' \
	    -e 's/^\.It Fl \([^ ]*\) , Fl \(.*\)/option -\1 -\2/' \
	    -e 's/^\.It Fl \(-[^ ]*\)/option -\1/' \
	    -e 's/^\(option .*\) Ar /\1 /' -e '/^option /p' -e '}' "$1"
}

# "64 EX_USAGE" for each status of the table in error.c.
code_statuses()
{
	awk -v known='EX_OK 0 EX_USAGE 64 EX_DATAERR 65 EX_NOINPUT 66 EX_NOUSER 67 EX_NOHOST 68
	    EX_UNAVAILABLE 69 EX_SOFTWARE 70 EX_OSERR 71 EX_OSFILE 72 EX_CANTCREAT 73 EX_IOERR 74
	    EX_TEMPFAIL 75 EX_PROTOCOL 76 EX_NOPERM 77 EX_CONFIG 78' '
	BEGIN {
		n = split(known, word)
		for (i = 1; i < n; i += 2)
			number[word[i]] = word[i + 1]
	}
	/^\t\[ERR_[A-Z]+\] = EX_/ {
		name = $3
		sub(/,$/, "", name)
		if (!told[name]++)
			print number[name] " " name
	}' "$1" | sort -n
}

manual_statuses()
{
	sed -n '/^\.Sh EXIT STATUS/,/^\.Sh [^E]/s/^\.It \([0-9]*\) Pq Dv /\1 /p' "$1"
}

# The variables that the code asks for, and those of them that the manual tells of.
code_variables()
{
	find "$1" -name '*.c' -exec sed -n 's/.*getenv("\([A-Z_]*\)").*/\1/p' {} + | sort -u
}

manual_variables()
{
	sed -n 's/^\.It Ev //p' "$1" | tr -d , | tr ' ' '\n' | sort -u | comm -12 - "$2"
}

# ---- the comparisons; each says nothing when all is well

# differ FILE FILE: an empty list on both sides is no agreement.
differ()
{
	[ -s "$1" ] || echo "nothing was found in the code"
	diff "$1" "$2" | sed -n 's/^< /only in the code: /p; s/^> /only in the manual: /p'
}

keyword_faults()
{ # OPTIONS.C HAULMAIL.CONF.5
	code_keywords "$1" >"$tmp/code"
	manual_keywords "$2" >"$tmp/manual"
	differ "$tmp/code" "$tmp/manual"
	sort -c "$tmp/code" 2>&1
}

value_faults()
{ # OPTIONS.C HAULMAIL.CONF.5
	code_values "$1" >"$tmp/code"
	manual_values "$2" >"$tmp/all"
	known_values "$tmp/code" "$tmp/all" >"$tmp/manual"
	differ "$tmp/code" "$tmp/manual"
}

command_faults()
{ # HELP HAULMAIL.1
	help_words "$1" >"$tmp/code"
	manual_words "$2" >"$tmp/manual"
	differ "$tmp/code" "$tmp/manual"
}

status_faults()
{ # ERROR.C HAULMAIL.1
	code_statuses "$1" >"$tmp/code"
	manual_statuses "$2" >"$tmp/manual"
	differ "$tmp/code" "$tmp/manual"
}

variable_faults()
{ # SRC HAULMAIL.1
	code_variables "$1" >"$tmp/code"
	manual_variables "$2" "$tmp/code" >"$tmp/manual"
	differ "$tmp/code" "$tmp/manual"
}

lint_faults()
{ # FILE...
	mandoc -Tlint -Wwarning "$@" 2>&1
}

# ---- the tests

n=0
says()
{ # WHAT, then what a comparison said, then a pattern for what it should have said
	n=$((n + 1))
	# shellcheck disable=SC2254 # a pattern
	case $2 in
	$3) echo "ok $n - $1" ;;
	*)
		echo "not ok $n - $1"
		printf '%s\n' "${2:-it was silent}" | sed 's/^/# /'
		;;
	esac
}

skip()
{
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# spoilt FILE SED-SCRIPT: the name of a copy that is not as it was.
spoilt()
{
	sed "$2" "$1" >"$tmp/spoilt"
	cmp -s "$1" "$tmp/spoilt" && echo "this left it as it was: $2" >&2
	echo "$tmp/spoilt"
}

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

options=$srcdir/src/config/options.c errors=$srcdir/src/util/error.c
page1=$srcdir/man/haulmail.1 page5=$srcdir/man/haulmail.conf.5 help=$tmp/help
"$HAULMAIL" --help >"$help" || {
	echo "Bail out! $HAULMAIL --help fails"
	exit 1
}

echo 1..27
says "keywords, arguments and defaults" "$(keyword_faults "$options" "$page5")" ""
says "values of keywords" "$(value_faults "$options" "$page5")" ""
says "keywords, arguments and defaults of relays" \
    "$(TABLE=relay_options SECTION=RELAYS && keyword_faults "$options" "$page5")" ""
says "values of keywords of relays" \
    "$(TABLE=relay_options SECTION=RELAYS && value_faults "$options" "$page5")" ""
says "finds a keyword of relays that the manual lacks" \
    "$(TABLE=relay_options SECTION=RELAYS && keyword_faults "$options" \
	"$(spoilt "$page5" '/^\.It Cm auth/d')")" "*only in the code: auth*"
says "commands and options" "$(command_faults "$help" "$page1")" ""
says "exit statuses" "$(status_faults "$errors" "$page1")" ""
says "environment variables" "$(variable_faults "$srcdir/src" "$page1")" ""

says "finds a keyword that the manual lacks" \
    "$(keyword_faults "$options" "$(spoilt "$page5" '/^\.It Cm limit/d')")" \
    "*only in the code: limit*"
says "finds a keyword that the code lacks" \
    "$(keyword_faults "$(spoilt "$options" 's/"limit",/"most",/')" "$page5")" \
    "*only in the manual: limit*"
says "finds keywords in another order" \
    "$(keyword_faults "$options" "$(spoilt "$page5" 's/^\(\.It Cm\) port Ar PORT/\1 user Ar NAME/; t
	s/^\(\.It Cm\) user Ar NAME/\1 port Ar PORT/')")" "*only in the*"
says "finds a table that is not sorted" \
    "$(keyword_faults "$(spoilt "$options" 's/"auth",/"zauth",/')" "$page5")" "*disorder*"
says "finds another argument" \
    "$(keyword_faults "$options" "$(spoilt "$page5" 's/^\.It Cm port Ar PORT/.It Cm port Ar NUMBER/')")" \
    "*only in the manual: port NUMBER*"
says "finds another default" \
    "$(keyword_faults "$(spoilt "$options" 's/"60s"/"90s"/')" "$page5")" \
    "*only in the code: timeout DURATION|90s*"
says "finds a default that the manual lacks" \
    "$(keyword_faults "$options" "$(spoilt "$page5" 's/^Default:$/Usually:/')")" \
    "*only in the manual: timeout DURATION|*"
says "finds a value that the manual lacks" \
    "$(value_faults "$(spoilt "$options" 's/"external", NULL/"external", "ntlm", NULL/')" "$page5")" \
    "only in the code: auth ntlm"
says "finds a value that the code lacks" \
    "$(value_faults "$(spoilt "$options" 's/"stls", "off"/"off"/')" "$page5")" \
    "only in the manual: tls stls"
says "finds a table that it cannot read" \
    "$(keyword_faults "$(spoilt "$options" 's/^const struct option options/const struct x y/')" \
	"$page5")" "nothing was found in the code*"

says "finds an option that the manual lacks" \
    "$(command_faults "$help" "$(spoilt "$page1" '/^\.It Fl n /d')")" \
    "only in the code: option -n --dry-run"
says "finds another long option" \
    "$(command_faults "$(spoilt "$help" 's/--quiet/--silent/')" "$page1")" \
    "*only in the manual: option -q --quiet*"
says "finds an option's argument" \
    "$(command_faults "$(spoilt "$help" 's/--config FILE/--config     /')" "$page1")" \
    "*only in the manual: option -c --config FILE*"
says "finds a command that the manual lacks" \
    "$(command_faults "$help" "$(spoilt "$page1" '/^\.It Cm config/d')")" \
    "only in the code: command config *"
says "finds a status that the manual lacks" \
    "$(status_faults "$errors" "$(spoilt "$page1" '/^\.It 75 /d')")" \
    "only in the code: 75 EX_TEMPFAIL"
says "finds a status that the code lacks" \
    "$(status_faults "$(spoilt "$errors" 's/EX_IOERR/EX_OSERR/')" "$page1")" \
    "only in the manual: 74 EX_IOERR"
says "finds a variable that the manual lacks" \
    "$(variable_faults "$srcdir/src" "$(spoilt "$page1" '/^\.It Ev MAIL/d')")" \
    "only in the code: MAIL"

if command -v mandoc >/dev/null; then
	says "mandoc finds no fault" "$(lint_faults "$page1" "$page5")" ""
	says "mandoc finds a macro that does not exist" \
	    "$(lint_faults "$(spoilt "$page1" 's/^\.Nm$/.Nmm/')")" "*unknown macro*"
else
	skip "mandoc finds no fault" "no mandoc here"
	skip "mandoc finds a macro that does not exist" "no mandoc here"
fi
