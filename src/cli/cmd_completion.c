/*
 * Completion for shells, out of the tables of commands and options. The build calls it ("make
 * install" puts the scripts where the shells look), and the scripts call it for the names of
 * accounts. Not for people, so --help does not show it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/rows.h"
#include "util/log.h"
#include "util/util.h"

static void
print_accounts(const struct cli_options *o)
{
	struct config *c;
	const struct account *a;
	char *usual = o->config_path == NULL ? config_default_path() : NULL;

	/* its problems are no matter here */
	c = config_load(usual != NULL ? usual : o->config_path, NULL);
	TAILQ_FOREACH(a, &c->accounts, link)
		(void)puts(a->name);
	config_free(c);
	free(usual);
}

/* With a backslash before each of the special characters. */
static void
print_escaped(const char *text, const char *special)
{
	for (; *text != '\0'; text++) {
		if (strchr(special, *text) != NULL)
			(void)putchar('\\');
		(void)putchar(*text);
	}
}

static bool
is_hidden(const struct command *c)
{
	return c->help == NULL;
}

static bool
has_letter(const struct option_row *r)
{
	return r->option.val > 0 && r->option.val < 256;
}

static void
print_commands(void)
{
	for (const struct command *c = commands; c->name != NULL; c++)
		if (!is_hidden(c))
			(void)printf("%s ", c->name);
}

/* Options as they stand on the command line: those with an argument, or all. */
static void
print_options(bool with_argument, const char *between)
{
	const char *front = "";

	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *r = &option_rows[i];

		if (with_argument && r->argument == NULL)
			continue;
		if (has_letter(r))
			(void)printf("%s-%c%s--%s", front, r->option.val, between, r->option.name);
		else
			(void)printf("%s--%s", front, r->option.name);
		front = between;
	}
}

/* ---- bash ---- */

static void
bash(void)
{
	(void)printf("# bash completion for haulmail\n\n"
		     "_haulmail()\n{\n"
		     "\tlocal i command= words= config=()\n"
		     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
		     "\t# bash takes a word apart at @, which names of accounts may have\n"
		     "\tlocal whole=${COMP_LINE:0:COMP_POINT}\n"
		     "\twhole=${whole##*[[:blank:]]}\n\n"
		     "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		     "\t\tcase ${COMP_WORDS[i]} in\n"
		     "\t\t-c | --config) config=(-c \"${COMP_WORDS[++i]}\") ;;\n\t\t");
	print_options(true, " | ");
	(void)printf(") ((i++)) ;;\n"
		     "\t\t-*) ;;\n"
		     "\t\t*) [ -n \"$command\" ] || command=${COMP_WORDS[i]} ;;\n"
		     "\t\tesac\n\tdone\n"
		     "\tCOMPREPLY=()\n"
		     "\tcase $prev in\n"
		     "\t-c | --config) compopt -o filenames; mapfile -t COMPREPLY < "
		     "<(compgen -f -- \"$cur\"); return ;;\n"
		     "\t--log) words=syslog ;;\n\t");
	print_options(true, " | ");
	(void)printf(") return ;;\n\t*)\n"
		     "\t\tcase $command:$cur in\n"
		     "\t\t*:-*) words='");
	print_options(false, " ");
	(void)printf("' ;;\n\t\t:*) words='");
	print_commands();
	(void)printf(
	    "'\"$(haulmail \"${config[@]}\" completion accounts 2>/dev/null)\" ;;\n"
	    "\t\timport:*) compopt -o default; return ;;\n"
	    "\t\tinit:*|help:*) return ;;\n"
	    "\t\t*) words=$(haulmail \"${config[@]}\" completion accounts 2>/dev/null) ;;\n"
	    "\t\tesac ;;\n\tesac\n"
	    "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$whole\")\n"
	    "\tCOMPREPLY=(\"${COMPREPLY[@]#\"${whole%%\"$cur\"}\"}\")\n"
	    "}\n\ncomplete -F _haulmail haulmail\n");
}

/* ---- zsh ---- */

static void
zsh_option(const struct option_row *r)
{
	const char *name = r->option.name;

	if (has_letter(r))
		(void)printf("\t\t'(-%c --%s)'{-%c,--%s%s}'[", r->option.val, name, r->option.val,
		    name, r->argument != NULL ? "=" : "");
	else
		(void)printf("\t\t'--%s%s[", name, r->argument != NULL ? "=" : "");
	print_escaped(r->help, "[]:");
	(void)printf("]");
	if (r->argument != NULL)
		(void)printf(":%s:%s", r->argument,
		    strcmp(r->argument, "FILE") == 0 ? "_files"
		    : strcmp(name, "log") == 0       ? "(syslog)"
						     : "");
	(void)printf("' \\\n");
}

static void
zsh(void)
{
	(void)printf("#compdef haulmail\n\n"
		     "_haulmail_accounts()\n{\n"
		     "\tlocal -a names config\n"
		     "\tlocal file=${opt_args[-c]:-${opt_args[--config]}}\n"
		     "\t[[ -z $file ]] || config=(-c ${(Q)file})\n"
		     "\tnames=(${(f)\"$(haulmail $config completion accounts 2>/dev/null)\"})\n"
		     "\t_wanted accounts expl account compadd -a names\n"
		     "}\n\n"
		     "_haulmail()\n{\n"
		     "\tlocal curcontext=$curcontext state line\n"
		     "\ttypeset -A opt_args\n"
		     "\tlocal -a commands=(\n");
	for (const struct command *c = commands; c->name != NULL; c++)
		if (!is_hidden(c)) {
			(void)printf("\t\t'%s:", c->name);
			print_escaped(c->help, ":");
			(void)printf("'\n");
		}
	(void)printf("\t)\n\n\t_arguments -s -C \\\n");
	for (size_t i = 0; i < option_count; i++)
		zsh_option(&option_rows[i]);
	(void)printf("\t\t'1: :->first' '*: :->rest' && return\n\n"
		     "\tcase $state in\n"
		     "\tfirst) _describe -t commands command commands; _haulmail_accounts ;;\n"
		     "\trest)\n\t\tcase $line[1] in\n"
		     "\t\timport) _files ;;\n"
		     "\t\tinit|help) ;;\n"
		     "\t\t*) _haulmail_accounts ;;\n"
		     "\t\tesac ;;\n\tesac\n}\n\n_haulmail \"$@\"\n");
}

/* ---- fish ---- */

static void
fish(void)
{
	(void)printf("# fish completion for haulmail\n\n"
		     "function __haulmail_accounts\n"
		     "\tset -l words (commandline -opc)\n"
		     "\tset -l config\n"
		     "\tif set -l i (contains -i -- -c $words; or contains -i -- --config $words)\n"
		     "\t\tset config -c $words[(math $i + 1)]\n"
		     "\tend\n"
		     "\thaulmail $config completion accounts 2>/dev/null\n"
		     "end\n\n"
		     "complete -c haulmail -f\n");
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *r = &option_rows[i];

		(void)printf("complete -c haulmail");
		if (has_letter(r))
			(void)printf(" -s %c", r->option.val);
		(void)printf(" -l %s", r->option.name);
		if (r->argument != NULL)
			(void)printf(strcmp(r->argument, "FILE") == 0 ? " -r -F" : " -x");
		if (strcmp(r->option.name, "log") == 0)
			(void)printf(" -a syslog");
		(void)printf(" -d '%s'\n", r->help);
	}
	for (const struct command *c = commands; c->name != NULL; c++)
		if (!is_hidden(c))
			(void)printf(
			    "complete -c haulmail -n __fish_use_subcommand -a %s -d '%s'\n",
			    c->name, c->help);
	(void)printf("complete -c haulmail -n '__fish_seen_subcommand_from import' -F\n"
		     "complete -c haulmail -n 'not __fish_seen_subcommand_from import init help' "
		     "-a '(__haulmail_accounts)' -d account\n");
}

enum errclass
cmd_completion(const struct cli_options *o, char *const *args, size_t n)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

	if (n == 1 && strcmp(args[0], "accounts") == 0) {
		print_accounts(o);
		return ERR_OK;
	}
	for (size_t i = 0; n == 1 && i < nitems(shells); i++)
		if (strcmp(args[0], shells[i].name) == 0) {
			shells[i].print();
			return ERR_OK;
		}
	log_error("completion wants one of: bash, zsh, fish, accounts");
	return ERR_USAGE;
}
