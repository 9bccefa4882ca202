#include "state/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/journalfile.h"
#include "util/io.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/text.h"
#include "util/trust.h"

#define REASON_MAX 200

/* ---- opening ---- */

/* Cuts off a torn end, gives a new file its first line, and removes what compacting left. */
static int
make_appendable(struct journal *j, struct error *e)
{
	char *fresh = journal_fresh_path(j);

	trust_unlink(fresh, HEADER);
	free(fresh);
	if (j->size > (off_t)j->text.len) {
		if (ftruncate(j->fd, (off_t)j->text.len) == -1)
			return error_sys(e, error_write_class(errno), "%s", j->path);
		j->size = (off_t)j->text.len;
	}
	if (j->size > 0)
		return 0;
	(void)buf_addstr(&j->out, HEADER);
	if (journal_sync(j, e) == -1)
		return -1;
	return path_sync_parent(j->path, e);
}

static int
check_trust(const struct journal *j, bool foreign, struct error *e)
{
	struct stat st;

	if (trust_file(j->fd, j->path, foreign, e) == -1)
		return -1;
	if (fstat(j->fd, &st) == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return error_set(
		    e, ERR_CREATE, "%s: others may write it: chmod 600 %s", j->path, j->path);
	return 0;
}

struct journal *
journal_open(const char *path, bool read_only, bool foreign, struct error *e)
{
	int flags = read_only ? O_RDONLY : O_RDWR | O_CREAT | O_APPEND;
	struct journal *j = xcalloc(1, sizeof(*j));

	j->path = xstrdup(path);
	j->fd = -1;
	j->text.max = TEXT_MAX + 1;
	j->out.max = TEXT_MAX;
	j->next_intent = 1;
	TAILQ_INIT(&j->unfinished);
	index_init(&j->index, journal_entry_key, j);
	if (!read_only && path_make_parents(path, e) == -1)
		goto fail;
	if (trust_parent(path, foreign, e) == -1)
		goto fail;
	if ((j->fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)) == -1) {
		if (read_only && errno == ENOENT)
			return j;
		(void)error_sys(e, error_write_class(errno), "%s", path);
		goto fail;
	}
	if (check_trust(j, foreign, e) == -1 || journal_load(j, e) == -1 ||
	    (!read_only && make_appendable(j, e) == -1))
		goto fail;
	return j;
fail:
	journal_close(j);
	return NULL;
}

void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	journal_forget(j);
	buf_free(&j->out);
	if (j->fd != -1)
		(void)close(j->fd);
	free(j->path);
	free(j);
}

/* ---- asking ---- */

size_t
journal_count(const struct journal *j)
{
	return j->nkeys;
}

/* A listing mostly has its messages in the order of their records: the next one is tried first. */
static uint32_t
find_entry(struct journal *j, struct slice key)
{
	uint32_t at = j->guess;

	if (at >= j->nentries || !slice_same(journal_entry_key(j, at), key))
		at = index_find(&j->index, key);
	if (at != INDEX_NONE)
		j->guess = at + 1;
	return at;
}

struct journal_record
journal_find(struct journal *j, struct slice key)
{
	struct journal_record r = { .kind = JOURNAL_UNKNOWN };
	uint32_t at = find_entry(j, key);
	struct slice rest;
	uint64_t epoch = 0;

	if (at == INDEX_NONE || j->entries[at].kind == PART)
		return r;
	r.kind = (enum journal_kind)j->entries[at].kind;
	rest = journal_entry_rest(j, &j->entries[at]);
	if (r.kind == JOURNAL_FAIL)
		(void)slice_number(slice_word(&rest), INT64_MAX, &r.count);
	if (r.kind == JOURNAL_FAIL || r.kind == JOURNAL_SEEN)
		(void)slice_number(slice_word(&rest), INT64_MAX, &epoch);
	r.epoch = (int64_t)epoch;
	r.detail = rest;
	return r;
}

/* A "gone" further down in the file ends it. */
bool
journal_part_holds(const struct journal *j, uint32_t at, struct slice key)
{
	uint32_t gone = index_find(&j->index, key);

	return gone == INDEX_NONE || j->entries[gone].kind != JOURNAL_UNKNOWN ||
	       j->entries[gone].key < j->entries[at].key;
}

bool
journal_has_parts(const struct journal *j)
{
	return j->nparts > 0;
}

bool
journal_has_part(const struct journal *j, struct slice key, const char *target)
{
	struct buf pair = BUF_INIT(UINT16_MAX);
	uint32_t at = INDEX_NONE;

	if (j->nparts == 0)
		return false;
	if (buf_append(&pair, key.p, key.len) == 0 && buf_addch(&pair, ' ') == 0 &&
	    text_field(&pair, slice_str(target)) == 0)
		at = index_find(&j->index, buf_slice(&pair));
	buf_free(&pair);
	return at != INDEX_NONE && journal_part_holds(j, at, key);
}

struct slice
journal_server(const struct journal *j)
{
	return j->server;
}

const struct intent_list *
journal_unfinished(const struct journal *j)
{
	return &j->unfinished;
}

/* ---- appending ---- */

/* Begins a record about a key; where, for end_record(). */
static size_t
begin_record(struct journal *j, const char *kind, const char *key)
{
	size_t start = j->out.len;

	(void)buf_addstr(&j->out, kind);
	(void)buf_addch(&j->out, ' ');
	(void)buf_addstr(&j->out, key);
	return start;
}

static void
add_number(struct journal *j, uint64_t n)
{
	(void)buf_addch(&j->out, ' ');
	(void)buf_addnum(&j->out, n);
}

static void
add_word(struct journal *j, const char *word)
{
	(void)buf_addch(&j->out, ' ');
	(void)buf_addstr(&j->out, word);
}

static void
add_text(struct journal *j, struct slice text)
{
	(void)buf_addch(&j->out, ' ');
	(void)text_field(&j->out, text);
}

/* dead says that nothing will ever ask for it: sooner or later another record replaces it. */
static void
end_record(struct journal *j, size_t start, bool dead)
{
	(void)buf_addch(&j->out, '\n');
	if (dead)
		j->dead += j->out.len - start;
}

void
journal_note_server(struct journal *j, const char *greeting_digest, struct slice capabilities)
{
	size_t start = begin_record(j, "server", greeting_digest);

	(void)buf_addch(&j->out, ' ');
	(void)buf_append(&j->out, capabilities.p, capabilities.len);
	end_record(j, start, false);
	if (j->server.len > 0)
		j->dead += j->server.len + sizeof("server ");
}

void
journal_seen(struct journal *j, const char *key, int64_t epoch)
{
	size_t start = begin_record(j, "seen", key);

	add_number(j, (uint64_t)epoch);
	end_record(j, start, false);
}

void
journal_skip(struct journal *j, const char *key, const char *rules_digest)
{
	size_t start = begin_record(j, "skip", key);

	add_word(j, rules_digest);
	end_record(j, start, false);
}

void
journal_part(struct journal *j, const char *key, const char *target)
{
	size_t start = begin_record(j, "part", key);

	add_text(j, slice_str(target));
	end_record(j, start, true);
}

void
journal_fail(struct journal *j, const char *key, uint64_t count, int64_t epoch, const char *reason)
{
	size_t start = begin_record(j, "fail", key);

	add_number(j, count);
	add_number(j, (uint64_t)epoch);
	add_text(j, (struct slice){ reason, strnlen(reason, REASON_MAX) });
	end_record(j, start, true);
}

void
journal_gone(struct journal *j, const char *key)
{
	size_t start = begin_record(j, "gone", key);

	end_record(j, start, true);
	j->dead += j->out.len - start + sizeof("1234567890"); /* the seen before it, too */
}

void
journal_intent(struct journal *j, struct intent *in)
{
	size_t start = j->out.len;

	in->n = j->next_intent++;
	intent_format(&j->out, in);
	end_record(j, start, true);
}

static void
end_intent(struct journal *j, const char *how, uint64_t n)
{
	size_t start = j->out.len;

	(void)buf_addstr(&j->out, how);
	add_number(j, n);
	end_record(j, start, true);
}

void
journal_done(struct journal *j, uint64_t n)
{
	end_intent(j, "done", n);
}

void
journal_void(struct journal *j, uint64_t n)
{
	end_intent(j, "void", n);
}

int
journal_flush(struct journal *j, struct error *e)
{
	if (j->broken)
		return error_set(e, ERR_TEMP, "%s: an earlier write failed", j->path);
	if (write_all(j->fd, j->out.p, j->out.len) == -1) {
		(void)error_sys(e, error_write_class(errno), "%s", j->path);
		j->broken = ftruncate(j->fd, j->size) == -1; /* no half line may stay */
		j->out.len = 0;
		return -1;
	}
	j->unsynced = j->unsynced || j->out.len > 0;
	j->size += (off_t)j->out.len;
	j->out.len = 0;
	return 0;
}

int
journal_sync(struct journal *j, struct error *e)
{
	if (journal_flush(j, e) == -1)
		return -1;
	if (j->unsynced && fdatasync(j->fd) == -1) {
		j->broken = true; /* what reached the disk is unknown from here on */
		return error_sys(e, error_write_class(errno), "%s", j->path);
	}
	j->unsynced = false;
	return 0;
}
