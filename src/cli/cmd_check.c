/*
 * Counts new messages, as a fetch would find them, without fetching any.
 */
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "engine/visit.h"
#include "util/log.h"

struct count {
	size_t new, messages;
	uint64_t bytes;
};

static void
tell(const struct cli_options *o, const struct account *a, const struct count *c,
    const struct error *e)
{
	struct json j;

	if (o->json) {
		json_begin(&j);
		json_string(&j, "account", a->name);
		json_number(&j, "status", (uint64_t)error_exit_status(e->cls));
		if (e->cls == ERR_OK) {
			json_number(&j, "new", c->new);
			json_number(&j, "messages", c->messages);
			json_number(&j, "bytes", c->bytes);
		} else {
			json_string(&j, "error", e->msg);
		}
		json_end(&j);
	}
	if (e->cls != ERR_OK)
		log_error("%s", e->msg);
	else if (!o->json)
		log_say("%zu new message%s of %zu", c->new, c->new == 1 ? "" : "s", c->messages);
}

/* Looks at one account; the class of its error. */
static enum errclass
check(const struct cli_options *o, const struct account *a, size_t *new)
{
	struct error e = { .cls = ERR_OK };
	struct count c = { .new = 0 };
	struct visit *v;

	log_set_account(a->name);
	if ((v = visit_open(a, false, &e)) != NULL) {
		c.messages = visit_count(v);
		c.bytes = visit_bytes(v);
		if (visit_count_new(v, &c.new, &e) == 0)
			(void)visit_end(v, &e);
		visit_close(v);
	}
	tell(o, a, &c, &e);
	log_set_account(NULL);
	*new += c.new;
	return e.cls;
}

enum errclass
cmd_check(const struct cli_options *o, char *const *args, size_t n)
{
	struct config *c = cli_load(o, args, n, false);
	const struct account **accounts;
	enum errclass worst = ERR_OK;
	size_t count, new = 0;

	if (c == NULL)
		return ERR_CONFIG;
	if ((accounts = cli_accounts(c, args, n, &count)) == NULL)
		worst = ERR_USAGE;
	for (size_t i = 0; i < count; i++)
		worst = error_worse(worst, check(o, accounts[i], &new));
	free(accounts);
	config_free(c);
	return worst == ERR_OK && new == 0 ? ERR_NOTHING : worst;
}
