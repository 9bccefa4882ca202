#!/bin/sh
# Completion in real shells: commands, options, and the accounts of the config.
. "$(dirname "$0")/lib.sh"

# The shells call the program by its name.
mkdir "$T/bin" "$T/zsh"
cat >"$T/bin/haulmail" <<END
#!/bin/sh
exec ${HAULMAIL_WRAPPER-} "$HAULMAIL" "\$@"
END
chmod 755 "$T/bin/haulmail"
PATH=$T/bin:$PATH

fresh_home
config <<'END'
account home
    host pop.example.org
account work
    host pop.example.org
account alice@example.org
    host pop.example.org
END
printf 'account other\n' >"$HOME/other.conf" # has no host: that is no matter here

haul completion bash
exits 0 "prints a script"
cp "$T/out" "$T/haulmail.bash"
haul completion zsh
cp "$T/out" "$T/zsh/_haulmail"
haul completion fish
cp "$T/out" "$T/haulmail.fish"
haul completion csh
exits 64 "not for every shell"
haul completion accounts
is "$(tr '\n' ' ' <"$T/out")" "home work alice@example.org " "prints the names of accounts"
haul --help
unlike "$OUT" "completion" "people are not told of it"

# by_bash WORD...: what the line of these words, the last one begun, can go on with.
by_bash()
{
	bash --norc -c 'compopt() { :; }
		source "$1"
		shift
		COMP_LINE=$* COMP_POINT=${#COMP_LINE}
		# apart at @ as readline does it
		read -r -a COMP_WORDS <<<"${COMP_LINE//@/ @ }"
		[ "${@: -1}" != "" ] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_haulmail
		printf "%s\n" "${COMPREPLY[@]}" | sort' - "$T/haulmail.bash" "$@" | tr '\n' ' '
}

# The same of fish, which does all of it by itself. Its descriptions are left out.
by_fish()
{
	fish --no-config -c 'source $argv[1]; complete -C "$argv[2]"' "$T/haulmail.fish" "$*" |
		cut -f 1 | sort | tr '\n' ' '
}

# Of zsh: what a tab makes of the line.
by_zsh()
{
	"$PYTHON" "$E2E/typezsh.py" "$T/zsh" "$*"
}

if command -v bash >/dev/null; then
	is "$(by_bash haulmail inf)" "info " "bash: a command"
	is "$(by_bash haulmail info wo)" "work " "bash: an account behind it"
	is "$(by_bash haulmail wo)" "work " "bash: an account without a command"
	is "$(by_bash haulmail --pat)" "--patience " "bash: an option"
	is "$(by_bash haulmail info "")" "alice@example.org home work " "bash: all accounts"
	is "$(by_bash haulmail home alice@ex)" "example.org " "bash: a name with @ in it"
	is "$(by_bash haulmail --log "")" "syslog " "bash: the value of an option"
	is "$(by_bash haulmail -c "$HOME/other.conf" info "")" "other " "bash: accounts of -c"
	is "$(by_bash haulmail -j 2 inf)" "info " "bash: an option's argument is no command"
	is "$(by_bash haulmail -c "$HOME/oth")" "$HOME/other.conf " "bash: files behind -c"
else
	skip "no bash here"
fi
if command -v fish >/dev/null; then
	is "$(by_fish "haulmail inf")" "info " "fish: a command"
	is "$(by_fish "haulmail info wo")" "work " "fish: an account behind it"
	is "$(by_fish "haulmail wo")" "work " "fish: an account without a command"
	is "$(by_fish "haulmail --pat")" "--patience " "fish: an option"
	is "$(by_fish "haulmail home alice@ex")" "alice@example.org " "fish: a name with @ in it"
	is "$(by_fish "haulmail --log ")" "syslog " "fish: the value of an option"
	is "$(by_fish "haulmail -c $HOME/other.conf info ")" "other " "fish: accounts of -c"
	is "$(by_fish "haulmail -c $HOME/oth")" "$HOME/other.conf " "fish: files behind -c"
else
	skip "no fish here"
fi
if command -v zsh >/dev/null; then
	is "$(by_zsh "haulmail inf")" "<haulmail info >" "zsh: a command"
	is "$(by_zsh "haulmail info wo")" "<haulmail info work >" "zsh: an account behind it"
	is "$(by_zsh "haulmail wo")" "<haulmail work >" "zsh: an account without a command"
	is "$(by_zsh "haulmail --pat")" "<haulmail --patience=>" "zsh: an option"
	is "$(by_zsh "haulmail home alice@ex")" "<haulmail home alice@example.org >" \
		"zsh: a name with @ in it"
	is "$(by_zsh "haulmail --log=")" "<haulmail --log=syslog >" "zsh: the value of an option"
	is "$(by_zsh "haulmail -c $HOME/other.conf info ")" \
		"<haulmail -c $HOME/other.conf info other >" "zsh: accounts of -c"
else
	skip "no zsh here"
fi

finish
