#include <stdlib.h>
#include <string.h>

#include "engine/run.h"
#include "util/log.h"
#include "util/mem.h"

/* Looks at what a delivery has left behind and journals which messages are there. */
static int
recover_one(struct run *r, const struct intent *in, struct error *e)
{
	struct dest *d = dest_parse(in->target);
	bool *arrived;
	size_t n = 0;
	int rc;

	if (d == NULL) {
		log_warn("the journal tells of a delivery to %s, which this version does not know",
		    in->target);
		return 0;
	}
	if (d->kind->recover == NULL) {
		log_warn("the journal tells of a delivery to %s, which cannot be looked into",
		    in->target);
		dest_free(d);
		return 0;
	}
	arrived = xcalloc(in->nitems, sizeof(*arrived));
	rc = d->kind->recover(d, &r->deliver_params, in, arrived, e);
	if (rc == 0) {
		for (size_t i = 0; i < in->nitems; i++)
			if (arrived[i]) {
				journal_part(r->journal, in->items[i].key, in->target);
				n++;
			}
		journal_done(r->journal, in->n);
		log_info("an earlier run was cut short: %zu of %zu messages had reached %s", n,
		    in->nitems, in->target);
	}
	free(arrived);
	dest_free(d);
	return rc;
}

int
recover_deliveries(struct run *r, struct error *e)
{
	const struct intent *in;

	if (TAILQ_EMPTY(journal_unfinished(r->journal)))
		return 0;
	TAILQ_FOREACH(in, journal_unfinished(r->journal), link)
		if (recover_one(r, in, e) == -1)
			return -1;
	if (journal_sync(r->journal, e) == -1)
		return -1;
	journal_close(r->journal); /* it answers with what the file said when it was opened */
	r->journal = journal_open(r->account->state, false, r->account->foreign_owner, e);
	return r->journal != NULL ? 0 : -1;
}
