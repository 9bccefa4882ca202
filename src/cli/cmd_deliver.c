/*
 * haulmail deliver: a message on standard input, to the account's targets.
 */
#include <unistd.h>

#include "cli/cli.h"
#include "engine/engine.h"
#include "mail/addr.h"
#include "util/log.h"

/* The account to deliver for: that of -a, else the only one. */
static const struct account *
choose_account(const struct config *c, const struct cli_options *o)
{
	const struct account *a = TAILQ_FIRST(&c->accounts);

	if (o->account != NULL) {
		if ((a = config_find(c, o->account)) == NULL)
			log_error("there is no account \"%s\" (%s)", o->account, c->path);
	} else if (TAILQ_NEXT(a, link) != NULL) {
		log_error("there are several accounts: -a says which one's targets are meant");
		a = NULL;
	}
	return a;
}

static bool
check_recipients(const struct account *a, char *const *to, size_t n)
{
	const struct dest *d;
	bool any = false;

	TAILQ_FOREACH(d, &a->dests, link)
		any = any || d->route != NULL;
	if (n > 0 && !any) {
		log_error(
		    "account \"%s\" has no target that recipients could be named for", a->name);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (!addr_is_sendable(to[i])) {
			log_error("this is no address: %s", to[i]);
			return false;
		}
	return true;
}

static void
say_targets(const struct account *a)
{
	const struct dest *d;

	TAILQ_FOREACH(d, &a->dests, link)
		log_say("would deliver to %s", d->name);
}

enum errclass
cmd_deliver(const struct cli_options *o, char *const *args, size_t n)
{
	char *const names[] = { (char *)(uintptr_t)o->account };
	struct config *c = cli_load(o, names, o->account != NULL, false);
	struct error e = { .cls = ERR_OK };
	const struct account *a = NULL;

	if (c == NULL)
		return ERR_CONFIG;
	if (!cli_redirect(c, o) || (a = choose_account(c, o)) == NULL ||
	    !check_recipients(a, args, n))
		e.cls = ERR_USAGE;
	if (e.cls == ERR_OK && o->dry_run) {
		say_targets(a);
	} else if (e.cls == ERR_OK) {
		log_set_account(a->name);
		if (engine_deliver(a, STDIN_FILENO, args, n, &e) == -1)
			log_error("%s", e.msg);
		log_set_account(NULL);
	}
	config_free(c);
	return e.cls;
}
