/*
 * A message from a file descriptor to the account's targets: haulmail deliver. It goes through the
 * same commit as one that was fetched, under a key made of its content and its recipients. So a
 * program that is told to try again (EX_TEMPFAIL) and does gives it only to the targets that lack
 * it.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/run.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/stop.h"
#include "util/util.h"

static int
read_message(struct run *r, int fd, struct message *m, struct error *e)
{
	char *room;
	size_t len;
	ssize_t n;

	do {
		if (batch_room(&r->batch, &room, &len, e) == -1)
			return -1;
		if ((n = read(fd, room, MIN(len, (size_t)MESSAGE_CHUNK))) == -1)
			return error_sys(e, ERR_IO, "reading the message");
		batch_grow(&r->batch, (size_t)n);
	} while (n > 0);
	return batch_whole(&r->batch, m, e);
}

/* A key that no delivery has ended under, as the same message may come twice on purpose. */
static char *
find_key(const struct run *r, const struct message *m, struct error *e)
{
	const struct words_list *to = &r->deliver_params.to;
	struct digest *d = digest_new();
	char content[DIGEST_HEX], all[DIGEST_HEX], *key = NULL;

	if (message_digest(m, content, e) == 0) {
		digest_add(d, slice_str(content));
		for (size_t i = 0; i < to->n; i++)
			digest_add(d, (struct slice){ to->word[i], strlen(to->word[i]) + 1 });
		(void)digest_end(d, all);
		for (unsigned k = 0; key == NULL; k++) {
			key = xasprintf("stdin:%s:%u", all, k);
			if (journal_find(r->journal, slice_str(key)).kind == JOURNAL_SEEN) {
				free(key);
				key = NULL;
			}
		}
	}
	digest_free(d);
	return key;
}

/* As if a server had listed it. */
static int
enlist(struct run *r, const struct message *m, struct error *e)
{
	char *key = find_key(r, m, e);

	if (key == NULL)
		return -1;
	r->listing.entries = xcalloc(1, sizeof(*r->listing.entries));
	r->listing.entries[0].number = 1;
	r->listing.n = r->listing.cap = 1;
	r->fates = xcalloc(1, sizeof(*r->fates));
	r->fates[0] = FATE_FETCH;
	batch_add(&r->batch, m, key, 0);
	free(key);
	return 0;
}

static int
hand_over(struct run *r, int fd, struct error *e)
{
	struct message m;

	/* whoever writes it may take his time: no lock is held, and a signal ends us, until then */
	if (prepare_relays(r, e) == -1 || path_make_parents(r->account->state, e) == -1 ||
	    read_message(r, fd, &m, e) == -1)
		return -1;
	stop_watch();
	if (prepare_state(r, e) == -1 || open_targets(r, e) == -1 || confine(r, true, e) == -1 ||
	    enlist(r, &m, e) == -1)
		return -1;
	return stop_asked() ? -1 : commit_batch(r, e);
}

int
engine_deliver(const struct account *a, int fd, char *const *to, size_t n, struct error *e)
{
	static const struct engine_options options = { .dry_run = false };
	struct engine_result result;
	struct run r;
	int rc;

	run_begin(&r, a, &options, &result);
	r.deliver_params.source = "localhost";
	r.deliver_params.protocol = "local";
	r.deliver_params.to = (struct words_list){ (char **)(uintptr_t)to, n };
	rc = hand_over(&r, fd, e);
	return run_end(&r, rc, e);
}
