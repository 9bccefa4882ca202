/*
 * Deletes messages on the server, after asking a person.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/visiting.h"
#include "util/log.h"

static bool
can_ask(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* Whether the person at the terminal says yes; everything else, also nothing, is no. */
static bool
ask(size_t n, size_t never_fetched, size_t of)
{
	char *line = NULL;
	size_t room = 0;
	bool yes;

	(void)fprintf(
	    stderr, "Delete %zu of %zu message%s on the server", n, of, of == 1 ? "" : "s");
	if (never_fetched > 0)
		(void)fprintf(stderr, ", %zu of them never fetched", never_fetched);
	(void)fputs("? [y/N] ", stderr);
	yes = getline(&line, &room, stdin) > 0 && tolower((unsigned char)line[0]) == 'y';
	free(line);
	return yes;
}

static size_t
count_never_fetched(struct visit *v, const uint32_t *places, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += visit_message(v, places[i]).state != VISIT_SEEN;
	return count;
}

static int
delete_chosen(struct visiting *w, const struct cli_options *o, const uint32_t *places, size_t n,
    struct error *e)
{
	size_t deleted = 0;
	int rc;

	if (o->dry_run) {
		log_say("would delete %zu of %zu messages on the server", n, visit_count(w->visit));
		return 0;
	}
	if (n == 0 ||
	    (!o->yes && !ask(n, count_never_fetched(w->visit, places, n), visit_count(w->visit)))) {
		log_say("nothing is deleted");
		return 0;
	}
	rc = visit_delete(w->visit, places, n, &deleted, e);
	if (rc == 0 && o->verbosity >= 0)
		log_say("%zu message%s deleted on the server", deleted, deleted == 1 ? "" : "s");
	return rc;
}

enum errclass
cmd_delete(const struct cli_options *o, char *const *args, size_t n)
{
	struct visiting w = { .worst = ERR_OK };
	struct error e = { .cls = ERR_OK };
	uint32_t *places;
	size_t count;

	if (!visiting_takes("delete", n, 2, 2) || !visiting_read_set(&w, args[1]))
		return ERR_USAGE;
	if (!o->yes && !o->dry_run && !can_ask()) {
		log_error("there is no terminal to ask on whether to delete; --yes says so");
		return ERR_USAGE;
	}
	if (visiting_begin(&w, o, args, !o->dry_run)) {
		places = visit_choose(w.visit, &w.set, &count, &e);
		if (places == NULL || delete_chosen(&w, o, places, count, &e) == -1)
			visiting_fail(&w, &e);
		free(places);
	}
	return visiting_end(&w);
}
