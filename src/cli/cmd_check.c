/*
 * Counts new messages, as a fetch would find them, without fetching any.
 */
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/each.h"
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

/* Looks at one account; the class of its error, or whether it has new messages. */
static enum errclass
check(const struct each *each, size_t i)
{
	const struct account *a = each->accounts[i];
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
	tell(each->ctx, a, &c, &e);
	log_set_account(NULL);
	return e.cls == ERR_OK && c.new == 0 ? ERR_NOTHING : e.cls;
}

enum errclass
cmd_check(const struct cli_options *o, char *const *args, size_t n)
{
	struct config *c = cli_load(o, args, n, false);
	const struct account **accounts;
	struct each each = { .run = check, .ctx = o };

	if (c == NULL)
		return ERR_CONFIG;
	if ((accounts = cli_accounts(c, args, n, &each.n)) == NULL) {
		config_free(c);
		return ERR_USAGE;
	}
	each.accounts = accounts;
	each_run(&each);
	free(accounts);
	config_free(c);
	return each.worst == ERR_NOTHING && each.good > 0 ? ERR_OK : each.worst;
}
