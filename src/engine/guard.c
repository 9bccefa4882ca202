/*
 * What keeps a whole mailbox from coming again, and a first run from coming as a surprise.
 */
#include <stdlib.h>

#include "engine/run.h"
#include "state/lock.h"
#include "util/log.h"
#include "util/units.h"

/* With fewer messages, all of them may well be new, and little is lost. */
#define FEW 10

/* So many messages of a first run are worth a word. */
#define MANY 1000

/* How to go on, for a person. */
static int
stop_before_all_comes_again(const struct run *r, const char *what, struct error *e)
{
	return error_set(e, ERR_TEMP,
	    "%s: everything on the server would come again. \"haulmail mark %s 1-end seen\" leaves "
	    "alone what is there, \"haulmail --accept-new-uids %s\" fetches it",
	    what, account_word(r->account), account_word(r->account));
}

int
check_journal_is_there(const struct run *r, struct error *e)
{
	char what[256];

	if (r->options->accept_new_uids || !lock_misses_journal(r->account->state))
		return 0;
	(void)snprintf(what, sizeof(what), "the journal %.200s is gone", r->account->state);
	return stop_before_all_comes_again(r, what, e);
}

int
check_uids_are_known(struct run *r, struct error *e)
{
	size_t known = journal_count(r->journal), n = r->listing.n;
	char what[256];

	if (r->options->accept_new_uids || !r->listing.has_uids || n < FEW || known < FEW)
		return 0;
	if (n < known - known / 4 || n > known + known / 4)
		return 0; /* mail has gone and come: that changes the number */
	for (size_t i = 0; i < n; i++)
		if (journal_find(r->journal, listing_key(&r->listing, &r->listing.entries[i]))
			.kind != JOURNAL_UNKNOWN)
			return 0;
	(void)snprintf(what, sizeof(what),
	    "%.100s: the journal knows about as many messages as there are, and none of their %zu "
	    "UIDs, as if the server had given them all new ones",
	    account_server(r->account), n);
	return stop_before_all_comes_again(r, what, e);
}

void
announce_first_run(struct run *r)
{
	int64_t keep = r->account->keep_s;
	char size[UNITS_MAX];
	uint64_t bytes = 0;
	size_t n = 0;

	if (!r->options->announce || journal_count(r->journal) > 0)
		return;
	for (size_t i = 0; i < r->listing.n; i++)
		if (r->fates[i] == FATE_FETCH || r->fates[i] == FATE_FETCH_DECIDE) {
			bytes += r->listing.entries[i].size;
			n++;
		}
	if (n > MANY)
		log_warn("the first run: fetching %zu messages (%s), which %s", n,
		    size_human(size, bytes),
		    keep == KEEP_NO    ? "are deleted on the server then (keep no)"
		    : keep == KEEP_YES ? "stay on the server (keep yes)"
				       : "stay on the server for a time (keep)");
}
