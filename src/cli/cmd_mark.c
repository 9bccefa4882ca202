/*
 * Has the journal say that messages were fetched, or that they are new, without fetching them.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/visiting.h"
#include "util/log.h"

static int
mark(struct visiting *w, const struct cli_options *o, bool seen, struct error *e)
{
	uint32_t *places;
	size_t n;
	int rc = 0;

	if ((places = visit_choose(w->visit, &w->set, &n, e)) == NULL)
		return -1;
	if (!o->dry_run)
		rc = visit_mark(w->visit, places, n, seen, e);
	if (rc == 0 && o->verbosity >= 0)
		log_say("%s %zu of %zu messages as %s", o->dry_run ? "would mark" : "marked", n,
		    visit_count(w->visit), seen ? "seen" : "new");
	free(places);
	return rc;
}

enum errclass
cmd_mark(const struct cli_options *o, char *const *args, size_t n)
{
	struct visiting w = { .worst = ERR_OK };
	struct error e = { .cls = ERR_OK };
	bool seen;

	if (!visiting_takes("mark", n, 3, 3) || !visiting_read_set(&w, args[1]))
		return ERR_USAGE;
	seen = strcmp(args[2], "seen") == 0;
	if (!seen && strcmp(args[2], "new") != 0) {
		log_error("mark wants \"seen\" or \"new\" behind the set of messages");
		return ERR_USAGE;
	}
	if (visiting_begin(&w, o, args, !o->dry_run) && mark(&w, o, seen, &e) == -1)
		visiting_fail(&w, &e);
	return visiting_end(&w);
}
