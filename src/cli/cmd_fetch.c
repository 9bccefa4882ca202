#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "engine/engine.h"
#include "util/buf.h"
#include "util/log.h"
#include "util/stop.h"
#include "util/units.h"
#include "util/util.h"

__attribute__((format(printf, 3, 4))) static void
add_part(struct buf *line, size_t n, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	if (n == 0)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)buf_addf(line, "%s%s", line->len > 0 ? ", " : "", text);
}

/* Whether messages of the account go to where the summary would. */
static bool
uses_stdout(const struct account *a)
{
	const struct dest *d;

	TAILQ_FOREACH(d, &a->dests, link)
		if (d->kind->uses_stdout)
			return true;
	return false;
}

/* One line for people: on a terminal, or with -v. */
static void
summarize(const struct account *a, const struct engine_result *r)
{
	struct buf line = BUF_INIT(KiB);
	char size[UNITS_MAX];

	add_part(&line, r->delivered, "%zu new message%s (%s)", r->delivered,
	    r->delivered == 1 ? "" : "s", size_human(size, r->bytes));
	add_part(&line, r->refused, "%zu of them refused", r->refused);
	add_part(&line, r->skipped, "%zu skipped", r->skipped);
	add_part(&line, r->failed, "%zu failed", r->failed);
	add_part(&line, r->waiting, "%zu to be tried again later", r->waiting);
	add_part(&line, r->later, "%zu left for the next run", r->later);
	add_part(&line, r->deleted, "%zu deleted on the server", r->deleted);
	if (line.len == 0)
		add_part(&line, 1, "no new messages");
	if (uses_stdout(a))
		log_info("%.*s", (int)line.len, line.p);
	else
		log_say("%.*s", (int)line.len, line.p);
	buf_free(&line);
}

enum errclass
cmd_fetch(const struct cli_options *o, char *const *args, size_t n)
{
	struct engine_options options = { .dry_run = o->dry_run };
	bool talk =
	    !o->dry_run && (o->verbosity > 0 || (o->verbosity == 0 && isatty(STDOUT_FILENO)));
	struct config *c = cli_load(o, false);
	const struct account **accounts = NULL;
	enum errclass worst = ERR_OK;
	size_t count;

	if (c == NULL)
		return ERR_CONFIG;
	if (cli_redirect(c, o))
		accounts = cli_accounts(c, args, n, &count);
	if (accounts == NULL)
		worst = ERR_USAGE;
	for (size_t i = 0; accounts != NULL && i < count && !stop_asked(); i++) {
		struct error e = { .cls = ERR_OK };
		struct engine_result result;

		log_set_account(accounts[i]->name);
		if (engine_fetch(accounts[i], &options, &result, &e) == -1) {
			log_error("%s", e.msg);
			worst = error_worse(worst, e.cls);
		}
		if (talk && (e.cls == ERR_OK || result.listed > 0))
			summarize(accounts[i], &result);
	}
	log_set_account(NULL);
	free(accounts);
	config_free(c);
	return worst;
}
