#include <stdio.h>
#include <string.h>

#include "cli/help.h"
#include "config/options.h"

static bool
describe(const struct option *table, const char *name, const char *of)
{
	const struct option *o = option_find_in(table, name);

	if (o == NULL)
		return false;
	(void)printf("%s %s\n    keyword of %s: %s\n", o->name, o->argument, of, o->help);
	if (*o->standard != '\0')
		(void)printf("    unless it is set: %s\n", o->standard);
	(void)printf("    man haulmail.conf tells more\n");
	return true;
}

bool
help_keyword(const char *name)
{
	bool of_account = describe(options, name, "an account");

	return describe(relay_options, name, "a relay") || of_account;
}
