#include "cli/visiting.h"

#include <stdlib.h>
#include <string.h>

#include "util/log.h"

bool
visiting_takes(const char *command, size_t n, size_t least, size_t most)
{
	if (n >= least && n <= most)
		return true;
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strcmp(c->name, command) == 0)
			log_error("usage: haulmail %s %s", c->name, c->arguments);
	return false;
}

bool
visiting_read_set(struct visiting *w, const char *text)
{
	struct error e = { .cls = ERR_OK };

	if (msgset_parse(text, &w->set, &e) == 0)
		return true;
	log_error("%s", e.msg);
	return false;
}

static const struct account *
find_account(struct visiting *w, const struct cli_options *o, char *const *name)
{
	const struct account **list, *a = NULL;
	size_t n;

	if ((w->config = cli_load(o, name, 1, false)) == NULL) {
		w->worst = ERR_CONFIG;
		return NULL;
	}
	if ((list = cli_accounts(w->config, name, 1, &n)) != NULL)
		a = list[0];
	else
		w->worst = ERR_USAGE;
	free(list);
	return a;
}

bool
visiting_begin(struct visiting *w, const struct cli_options *o, char *const *name, bool may_change)
{
	struct error e = { .cls = ERR_OK };

	if ((w->account = find_account(w, o, name)) == NULL)
		return false;
	log_set_account(w->account->name);
	if ((w->visit = visit_open(w->account, may_change, &e)) == NULL)
		visiting_fail(w, &e);
	return w->visit != NULL;
}

void
visiting_fail(struct visiting *w, const struct error *e)
{
	log_error("%s", e->msg);
	w->worst = error_worse(w->worst, e->cls);
}

enum errclass
visiting_end(struct visiting *w)
{
	struct error e = { .cls = ERR_OK };

	if (w->worst == ERR_OK && w->visit != NULL && visit_end(w->visit, &e) == -1)
		visiting_fail(w, &e);
	visit_close(w->visit);
	log_set_account(NULL);
	config_free(w->config);
	return w->worst;
}
