#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "config/suggest.h"
#include "config/url.h"
#include "util/log.h"
#include "util/mem.h"

const struct command commands[] = {
	{ "fetch", "[ACCOUNT]...", "fetch new mail, of all accounts if none is named", cmd_fetch },
	{ "check", "[ACCOUNT]...", "count new messages; status 1 if there are none", cmd_check },
	{ "list", "ACCOUNT [SET]", "list messages: number, size, state, UID; more with -l",
	    cmd_list },
	{ "show", "ACCOUNT N [LINES]", "show a message, or its header and so many lines of it",
	    cmd_show },
	{ "delete", "ACCOUNT SET", "delete messages on the server, after asking", cmd_delete },
	{ "mark", "ACCOUNT SET seen|new", "mark messages as seen or new, and fetch nothing",
	    cmd_mark },
	{ "config", "[ACCOUNT]...", "show the settings in force, and every problem found",
	    cmd_config },
	{ "info", "[NAME]...",
	    "show what the server of an account or relay can do, and its certificate", cmd_info },
	{ "deliver", "[ADDR]...", "deliver the message on standard input to an account's targets",
	    cmd_deliver },
	{ "import", "FILE", "show a config of fetchmail, mpop or getmail as one of haulmail's",
	    cmd_import },
	{ "init", "[ADDRESS]...", "make the first config file: find the server, try the login",
	    cmd_init },
	{ "help", "[TOPIC]...", "tell of a command, option or keyword", cmd_help },
	{ "completion", "SHELL", NULL, cmd_completion },
	{ .name = NULL },
};

/* The file that is meant; NULL after printing its problems. */
static struct config *
load_file(const struct cli_options *o, const struct adhoc *x, bool tolerate_problems)
{
	char *usual = o->config_path == NULL ? config_default_path() : NULL;
	struct config *c = config_load(usual != NULL ? usual : o->config_path, x);
	const struct problem *p;

	free(usual);
	TAILQ_FOREACH(p, &c->problems, link)
		log_error("%s", p->text);
	if (!TAILQ_EMPTY(&c->problems) && !tolerate_problems) {
		config_free(c);
		return NULL;
	}
	return c;
}

static void
add_url(struct config *c, const struct adhoc *x, const char *url)
{
	struct error e = { .cls = ERR_OK };
	struct account *a = adhoc_account(x, url, &e);

	if (a != NULL)
		TAILQ_INSERT_TAIL(&c->accounts, a, link);
	else
		log_error("%s", e.msg);
}

struct config *
cli_load(const struct cli_options *o, char *const *names, size_t n, bool tolerate_problems)
{
	struct adhoc x = o->adhoc;
	struct config *c;
	size_t urls = 0;

	x.names = names;
	x.nnames = n;
	for (size_t i = 0; i < n; i++)
		urls += url_is(names[i]);
	if (urls > 0 && urls == n)
		c = config_new("the command line");
	else if ((c = load_file(o, &x, tolerate_problems)) == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (url_is(names[i]))
			add_url(c, &x, names[i]);
	return c;
}

bool
cli_redirect(struct config *c, const struct cli_options *o)
{
	struct error e = { .cls = ERR_OK };
	struct account *a;

	if (o->to == NULL)
		return true;
	TAILQ_FOREACH(a, &c->accounts, link)
		if (account_deliver_to(a, o->to, &e) == -1 || config_link_relays(c, a, &e) == -1) {
			log_error("--to %s: %s", o->to, e.msg);
			return false;
		}
	return true;
}

/* For suggest(), which asks by number only. */
static const struct config *asked;

static const char *
account_name(size_t i)
{
	const struct account *a;

	TAILQ_FOREACH(a, &asked->accounts, link)
		if (i-- == 0)
			return a->name;
	return NULL;
}

static void
complain_unknown(const struct config *c, const char *name)
{
	const char *hint;

	asked = c;
	hint = suggest(name, account_name);
	log_error("there is no account or command \"%s\"%s%s%s (%s)", name,
	    hint != NULL ? "; did you mean \"" : "", hint != NULL ? hint : "",
	    hint != NULL ? "\"?" : "", c->path);
}

/* The account of that name or URL; NULL after printing that there is none. */
static const struct account *
find_account(const struct config *c, const char *name)
{
	const struct account *a = config_find(c, name);

	if (a == NULL && url_is(name)) {
		TAILQ_FOREACH(a, &c->accounts, link)
			if (strcmp(a->where, name) == 0)
				return a;
		return NULL; /* what is wrong with it was said when it was read */
	}
	if (a == NULL)
		complain_unknown(c, name);
	return a;
}

const struct account **
cli_accounts(const struct config *c, char *const *names, size_t nnames, size_t *n)
{
	const struct account **list = NULL, *a;

	*n = 0;
	if (nnames == 0)
		TAILQ_FOREACH(a, &c->accounts, link) {
			list = xreallocarray(list, *n + 1, sizeof(*list));
			list[(*n)++] = a;
		}
	for (size_t i = 0; i < nnames; i++) {
		if ((a = find_account(c, names[i])) == NULL) {
			free(list);
			*n = 0;
			return NULL;
		}
		list = xreallocarray(list, *n + 1, sizeof(*list));
		list[(*n)++] = a;
	}
	return list;
}
