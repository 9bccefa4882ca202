#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state/journalfile.h"
#include "util/io.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/trust.h"

#define STALE_MIN (16 * KiB) /* a file below this is not worth rewriting */

char *
journal_fresh_path(const struct journal *j)
{
	return xasprintf("%s.new", j->path);
}

bool
journal_is_stale(const struct journal *j, size_t ndropped)
{
	size_t size = (size_t)j->size, dead = MIN(j->dead, size);

	if (j->nkeys > 0)
		dead += (size - dead) / j->nkeys * MIN(ndropped, j->nkeys);
	return !j->has_unknown && size >= STALE_MIN && dead >= size / 2;
}

static bool
is_live(struct journal *j, uint32_t at, bool (*keep)(void *ctx, struct slice key), void *ctx)
{
	struct slice key = journal_entry_key(j, at), rest = key;

	switch (j->entries[at].kind) {
	case JOURNAL_UNKNOWN:
		return false;
	case PART:
		key = slice_word(&rest);
		return journal_find(j, key).kind != JOURNAL_SEEN &&
		       journal_part_holds(j, at, key) && keep(ctx, key);
	default:
		return keep(ctx, key);
	}
}

static int
write_live(struct journal *j, int fd, bool (*keep)(void *ctx, struct slice key), void *ctx)
{
	struct buf out = BUF_INIT(TEXT_MAX);
	const struct intent *in;
	int rc = 0;

	(void)buf_addstr(&out, HEADER);
	if (j->server.len > 0)
		(void)buf_addf(&out, "server %.*s\n", (int)j->server.len, j->server.p);
	TAILQ_FOREACH(in, &j->unfinished, link) {
		intent_format(&out, in);
		(void)buf_addch(&out, '\n');
	}
	for (uint32_t i = 0; i < j->nentries && rc == 0; i++) {
		struct slice key = journal_entry_key(j, i),
			     rest = journal_entry_rest(j, &j->entries[i]);

		if (is_live(j, i, keep, ctx))
			(void)buf_addf(&out, "%s %.*s%s%.*s\n",
			    journal_kind_word(j->entries[i].kind), (int)key.len, key.p,
			    rest.len > 0 ? " " : "", (int)rest.len, rest.p);
		if (out.len > 64 * KiB) {
			rc = write_all(fd, out.p, out.len);
			out.len = 0;
		}
	}
	if (rc == 0)
		rc = write_all(fd, out.p, out.len);
	buf_free(&out);
	return rc;
}

static int
reload(struct journal *j, struct error *e)
{
	journal_forget(j);
	if (lseek(j->fd, 0, SEEK_SET) == -1)
		return error_sys(e, ERR_IO, "%s", j->path);
	return journal_load(j, e) == -1 ? -1 : 0;
}

int
journal_compact(
    struct journal *j, bool (*keep)(void *ctx, struct slice key), void *ctx, struct error *e)
{
	char *fresh = journal_fresh_path(j);
	int fd = -1, rc = -1;

	if (reload(j, e) == -1)
		goto out;
	trust_unlink(fresh, HEADER); /* of a run that crashed */
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1 || write_live(j, fd, keep, ctx) == -1 || fsync(fd) == -1 ||
	    rename(fresh, j->path) == -1) {
		(void)error_sys(e, ERR_TEMP, "%s", fresh);
		if (fd != -1) /* else it is somebody else's */
			(void)unlink(fresh);
		goto out;
	}
	rc = path_sync_parent(j->path, e);
out:
	if (fd != -1)
		(void)close(fd);
	free(fresh);
	return rc;
}
