#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/help.h"
#include "cli/rows.h"
#include "config/suggest.h"
#include "util/log.h"

static bool
has_letter(const struct option_row *r)
{
	return r->option.val < 256;
}

void
help_all(void)
{
	(void)printf("haulmail fetches mail by POP3 and delivers every message exactly once.\n\n"
		     "usage: haulmail [options] [command] [ACCOUNT]...\n\ncommands:\n");
	for (const struct command *c = commands; c->name != NULL; c++)
		if (c->help != NULL)
			(void)printf("  %-8s %-20s %s\n", c->name, c->arguments, c->help);
	(void)printf("\noptions:\n");
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *r = &option_rows[i];
		char name[40], letter[] = { '-', (char)r->option.val, ',', '\0' };

		(void)snprintf(name, sizeof(name), "--%s%s%s", r->option.name,
		    r->argument != NULL ? " " : "", r->argument != NULL ? r->argument : "");
		(void)printf("  %-3s %-20s %s\n", has_letter(r) ? letter : "", name, r->help);
	}
	(void)printf("\nACCOUNT is one of the config file, or a URL: pops://alice@pop.example.org\n"
		     "Each keyword of the config file is an option as well: --timeout=30s\n"
		     "haulmail help TOPIC tells of one command, option or keyword.\n"
		     "The manual: haulmail(1), haulmail.conf(5).\n");
}

static bool
help_command(const char *name)
{
	for (const struct command *c = commands; c->name != NULL; c++)
		if (c->help != NULL && strcmp(c->name, name) == 0) {
			(void)printf("haulmail %s %s\n    command: %s\n"
				     "    man haulmail tells more\n",
			    c->name, c->arguments, c->help);
			return true;
		}
	return false;
}

/* By its name or its letter; with hyphens it would be taken for an option itself. */
static bool
help_option(const char *word)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *r = &option_rows[i];
		bool by_letter = has_letter(r) && word[0] == r->option.val && word[1] == '\0';

		if (!by_letter && strcmp(r->option.name, word) != 0)
			continue;
		if (has_letter(r))
			(void)printf("-%c, ", r->option.val);
		(void)printf("--%s%s%s\n    option: %s\n    man haulmail tells more\n",
		    r->option.name, r->argument != NULL ? " " : "",
		    r->argument != NULL ? r->argument : "", r->help);
		return true;
	}
	return false;
}

/* The i-th of all topics but the keywords, for suggest(). */
static const char *
topic_at(size_t i)
{
	size_t n = 0;

	while (commands[n].name != NULL)
		n++;
	if (i < n)
		return commands[i].name;
	return i - n < option_count ? option_rows[i - n].option.name : NULL;
}

static enum errclass
help_topic(const char *topic)
{
	bool known = help_command(topic), more = help_option(topic);
	const char *hint;

	if (help_keyword(topic) || known || more)
		return ERR_OK;
	hint = suggest(topic, topic_at);
	log_error("no command, option or keyword is called \"%s\"%s%s%s", topic,
	    hint != NULL ? "; did you mean \"" : "", hint != NULL ? hint : "",
	    hint != NULL ? "\"?" : "");
	return ERR_USAGE;
}

enum errclass
cmd_help(const struct cli_options *o, char *const *args, size_t n)
{
	enum errclass worst = ERR_OK;

	(void)o;
	if (n == 0)
		help_all();
	for (size_t i = 0; i < n; i++)
		worst = error_worse(worst, help_topic(args[i]));
	return worst;
}
