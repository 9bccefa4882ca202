#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "config/options.h"
#include "util/util.h"

/* In the form of a config file, so that it can become one. */
static void
show_account(const struct account *a)
{
	struct buf value = BUF_INIT(MiB);

	(void)printf("account %s\n", a->name);
	for (const struct option *o = options; o->name != NULL; o++) {
		for (size_t i = 0; value.len = 0, o->show(a, o, i, &value); i++)
			(void)printf("    %-16s %.*s\n", o->name, (int)value.len, value.p);
	}
	buf_free(&value);
}

enum errclass
cmd_config(const struct cli_options *o, char *const *args, size_t n)
{
	struct config *c = cli_load(o, true);
	enum errclass worst = TAILQ_EMPTY(&c->problems) ? ERR_OK : ERR_CONFIG;
	const struct account **accounts;
	size_t count;

	if ((accounts = cli_accounts(c, args, n, &count)) == NULL && n > 0)
		worst = ERR_USAGE;
	if (!cli_redirect(c, o))
		worst = ERR_USAGE;
	for (size_t i = 0; accounts != NULL && i < count; i++) {
		if (i > 0)
			(void)putchar('\n');
		show_account(accounts[i]);
	}
	free(accounts);
	config_free(c);
	return worst;
}
