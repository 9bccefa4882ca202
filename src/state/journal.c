#include "state/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/index.h"
#include "util/io.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/text.h"
#include "util/util.h"

#define HEADER "haulmail journal 1\n"
#define HEADER_ANY "haulmail journal "
#define TEXT_MAX (1024 * MiB) /* so that positions fit 32 bits */
#define STALE_MIN (16 * KiB)  /* a file below this is not worth rewriting */
#define REASON_MAX 200

/* What the file says of one key, or of one "key target" pair: positions in the journal's text. */
struct entry {
	uint32_t key;
	uint32_t rest; /* the fields behind the key, up to the newline */
	uint16_t key_len;
	uint8_t kind; /* enum journal_kind, or PART */
};

#define PART 100

struct journal {
	char *path;
	int fd;
	struct buf text; /* the file as it was when opened */
	struct entry *entries;
	uint32_t nentries, cap;
	struct index index;
	struct intent_list unfinished;
	struct slice server; /* fields of the last record of that kind */
	uint64_t next_intent;
	size_t nkeys; /* entries that are neither forgotten nor parts */
	size_t nparts;
	size_t dead;      /* bytes of records that have been replaced or completed */
	bool has_unknown; /* a record we do not know: never compacted away */

	struct buf out; /* appended, not yet written */
	off_t size;     /* of the file on disk */
	bool broken;    /* a write failed and could not be taken back */
};

/* ---- loading ---- */

static struct slice
entry_key(const void *owner, uint32_t at)
{
	const struct journal *j = owner;

	return (struct slice){ j->text.p + j->entries[at].key, j->entries[at].key_len };
}

static struct slice
entry_rest(const struct journal *j, const struct entry *en)
{
	struct slice rest = { j->text.p + en->rest, j->text.len - en->rest };

	return slice_line(&rest);
}

/* The length of an entry's line, newline included. */
static size_t
entry_bytes(const struct journal *j, const struct entry *en)
{
	struct slice rest = entry_rest(j, en);

	return (size_t)(rest.p + rest.len - (j->text.p + en->key)) + sizeof("seen ");
}

/* Notes the last word about a key; what stood there before is dead. */
static void
note(struct journal *j, uint8_t kind, struct slice key, struct slice rest)
{
	uint32_t at = index_find(&j->index, key);
	struct entry en = { .key = (uint32_t)(key.p - j->text.p),
		.key_len = (uint16_t)key.len,
		.rest = (uint32_t)(rest.p - j->text.p),
		.kind = kind };
	bool was = at != INDEX_NONE && j->entries[at].kind != JOURNAL_UNKNOWN;

	if (was)
		j->dead += entry_bytes(j, &j->entries[at]);
	if (kind == JOURNAL_UNKNOWN)
		j->dead += entry_bytes(j, &en);
	if (kind == PART)
		j->nparts += !was;
	else
		j->nkeys = j->nkeys - was + (kind != JOURNAL_UNKNOWN);
	if (at == INDEX_NONE) {
		if (kind == JOURNAL_UNKNOWN)
			return;
		if (j->nentries == j->cap) {
			j->cap = j->cap == 0 ? 64 : j->cap * 2;
			j->entries = xreallocarray(j->entries, j->cap, sizeof(*j->entries));
		}
		j->entries[j->nentries] = en;
		index_add(&j->index, j->nentries++);
	} else {
		j->entries[at] = en; /* the same key bytes at another place */
	}
}

static struct intent *
find_intent(struct journal *j, uint64_t n)
{
	struct intent *in;

	TAILQ_FOREACH(in, &j->unfinished, link)
		if (in->n == n)
			return in;
	return NULL;
}

static bool
load_intent(struct journal *j, struct slice fields)
{
	struct intent *in = intent_parse(fields);

	if (in == NULL)
		return false;
	in->bytes = fields.len + sizeof("intent ");
	TAILQ_INSERT_TAIL(&j->unfinished, in, link);
	if (in->n >= j->next_intent)
		j->next_intent = in->n + 1;
	return true;
}

static bool
load_intent_end(struct journal *j, struct slice fields)
{
	struct intent *in;
	uint64_t n;

	if (!slice_number(fields, INT64_MAX, &n))
		return false;
	if ((in = find_intent(j, n)) != NULL) {
		j->dead += in->bytes;
		TAILQ_REMOVE(&j->unfinished, in, link);
		intent_free(in);
	}
	j->dead += fields.len + sizeof("done ");
	return true;
}

/* A record whose subject is a key: how it is called and which fields follow the key. */
static const struct {
	const char *word;
	uint8_t kind;
	bool number; /* the field behind the key must be one */
} key_records[] = {
	{ "seen", JOURNAL_SEEN, true },
	{ "skip", JOURNAL_SKIP, false },
	{ "fail", JOURNAL_FAIL, true },
	{ "gone", JOURNAL_UNKNOWN, false },
};

static bool
load_key(struct journal *j, struct slice word, struct slice fields)
{
	struct slice key = slice_word(&fields), look = fields;
	uint64_t number;

	for (size_t i = 0; i < nitems(key_records); i++)
		if (slice_equal(word, key_records[i].word)) {
			if (key.len == 0 || key.len > UINT16_MAX ||
			    (key_records[i].number &&
				!slice_number(slice_word(&look), INT64_MAX, &number)))
				return false;
			note(j, key_records[i].kind, key, fields);
			return true;
		}
	return false;
}

static bool
load_line(struct journal *j, struct slice line)
{
	struct slice fields = line, word = slice_word(&fields);

	if (slice_equal(word, "intent"))
		return load_intent(j, fields);
	if (slice_equal(word, "done") || slice_equal(word, "void"))
		return load_intent_end(j, fields);
	if (slice_equal(word, "server")) {
		if (j->server.len > 0)
			j->dead += j->server.len + sizeof("server ");
		j->server = fields;
		return true;
	}
	if (slice_equal(word, "part")) {
		if (fields.len == 0 || fields.len > UINT16_MAX)
			return false;
		note(j, PART, fields, (struct slice){ fields.p + fields.len, 0 });
		return true;
	}
	return load_key(j, word, fields);
}

/* How much of the text is whole lines; a line that holds a NUL was never written through. */
static size_t
whole_length(struct slice text)
{
	const char *nul = text.len > 0 ? memchr(text.p, '\0', text.len) : NULL;
	const char *nl;

	if (nul != NULL)
		text.len = (size_t)(nul - text.p);
	nl = text.len > 0 ? memrchr(text.p, '\n', text.len) : NULL;
	return nl != NULL ? (size_t)(nl - text.p) + 1 : 0;
}

/* Whether a file without a whole line is what a power cut left of a new journal. */
static bool
is_torn_header(struct slice text)
{
	size_t len = strnlen(text.p, text.len);

	if (len >= sizeof(HEADER) - 1 || memcmp(text.p, HEADER, len) != 0)
		return false;
	for (size_t i = len; i < text.len; i++)
		if (text.p[i] != '\0')
			return false;
	return true;
}

static int
load_text(struct journal *j, struct error *e)
{
	struct slice rest, header;
	size_t bad = 0;

	size_t whole = whole_length(buf_slice(&j->text));

	if (whole == 0 && j->text.len > 0 && !is_torn_header(buf_slice(&j->text)))
		return error_set(e, ERR_CONFIG, "%s is not a haulmail journal", j->path);
	j->text.len = whole;
	rest = buf_slice(&j->text);
	if (rest.len == 0)
		return 0; /* new, or a power cut before the first line was whole */
	header = slice_line(&rest);
	if (!slice_skip(&header, HEADER_ANY))
		return error_set(e, ERR_CONFIG, "%s is not a haulmail journal", j->path);
	if (!slice_equal(header, "1"))
		return error_set(
		    e, ERR_CONFIG, "%s was written by a later version of haulmail", j->path);
	while (rest.len > 0) {
		bad += !load_line(j, slice_line(&rest));
	}
	if (bad > 0) {
		log_warn("%s: %zu line%s in the journal mean nothing to this version; left alone",
		    j->path, bad, bad == 1 ? "" : "s");
		j->has_unknown = true;
	}
	return 0;
}

static int
read_file(struct journal *j, struct error *e)
{
	struct stat st;

	if (fstat(j->fd, &st) == -1)
		return error_sys(e, ERR_IO, "%s", j->path);
	if (!S_ISREG(st.st_mode))
		return error_set(e, ERR_CONFIG, "%s is not a regular file", j->path);
	j->size = st.st_size;
	if ((uintmax_t)st.st_size > TEXT_MAX || buf_reserve(&j->text, (size_t)st.st_size + 1) == -1)
		return error_set(e, ERR_CONFIG, "%s is too large for a journal", j->path);
	if (read_to_end(j->fd, &j->text) == -1)
		return error_sys(e, ERR_IO, "%s", j->path);
	return 0;
}

/* Where compacting writes the journal anew. */
static char *
fresh_path(const struct journal *j)
{
	return xasprintf("%s.new", j->path);
}

/* Cuts off a torn end, gives a new file its first line, and removes what compacting left. */
static int
make_appendable(struct journal *j, struct error *e)
{
	char *fresh = fresh_path(j);

	(void)unlink(fresh);
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

struct journal *
journal_open(const char *path, bool read_only, struct error *e)
{
	int flags = read_only ? O_RDONLY : O_RDWR | O_CREAT | O_APPEND;
	struct journal *j = xcalloc(1, sizeof(*j));

	j->path = xstrdup(path);
	j->fd = -1;
	j->text.max = TEXT_MAX + 1;
	j->out.max = TEXT_MAX;
	j->next_intent = 1;
	TAILQ_INIT(&j->unfinished);
	index_init(&j->index, entry_key, j);
	if (!read_only && path_make_parents(path, e) == -1)
		goto fail;
	if ((j->fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)) == -1) {
		if (read_only && errno == ENOENT)
			return j;
		(void)error_sys(e, error_write_class(errno), "%s", path);
		goto fail;
	}
	if (read_file(j, e) == -1 || load_text(j, e) == -1 ||
	    (!read_only && make_appendable(j, e) == -1))
		goto fail;
	return j;
fail:
	journal_close(j);
	return NULL;
}

static void
forget_loaded(struct journal *j)
{
	struct intent *in;

	while ((in = TAILQ_FIRST(&j->unfinished)) != NULL) {
		TAILQ_REMOVE(&j->unfinished, in, link);
		intent_free(in);
	}
	index_free(&j->index);
	buf_free(&j->text);
	free(j->entries);
	j->entries = NULL;
	j->nentries = j->cap = 0;
	j->nkeys = j->nparts = j->dead = 0;
	j->server.len = 0;
}

void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	forget_loaded(j);
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

struct journal_record
journal_find(const struct journal *j, struct slice key)
{
	struct journal_record r = { .kind = JOURNAL_UNKNOWN };
	uint32_t at = index_find(&j->index, key);
	struct slice rest;
	uint64_t epoch = 0;

	if (at == INDEX_NONE || j->entries[at].kind == PART)
		return r;
	r.kind = (enum journal_kind)j->entries[at].kind;
	rest = entry_rest(j, &j->entries[at]);
	if (r.kind == JOURNAL_FAIL)
		(void)slice_number(slice_word(&rest), INT64_MAX, &r.count);
	if (r.kind == JOURNAL_FAIL || r.kind == JOURNAL_SEEN)
		(void)slice_number(slice_word(&rest), INT64_MAX, &epoch);
	r.epoch = (int64_t)epoch;
	r.detail = rest;
	return r;
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
	bool found;

	if (j->nparts == 0)
		return false;
	found = buf_append(&pair, key.p, key.len) == 0 && buf_addch(&pair, ' ') == 0 &&
		text_field(&pair, slice_str(target)) == 0 &&
		index_find(&j->index, buf_slice(&pair)) != INDEX_NONE;
	buf_free(&pair);
	return found;
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

/*
 * A record is started by noting where it begins and ended with its newline; dead says that
 * nothing will ever ask for it: sooner or later another record replaces it.
 */
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
	size_t start = j->out.len;

	(void)buf_addf(
	    &j->out, "server %s %.*s", greeting_digest, (int)capabilities.len, capabilities.p);
	end_record(j, start, false);
	if (j->server.len > 0)
		j->dead += j->server.len + sizeof("server ");
}

void
journal_seen(struct journal *j, const char *key, int64_t epoch)
{
	size_t start = j->out.len;

	(void)buf_addf(&j->out, "seen %s %" PRId64, key, epoch);
	end_record(j, start, false);
}

void
journal_skip(struct journal *j, const char *key, const char *rules_digest)
{
	size_t start = j->out.len;

	(void)buf_addf(&j->out, "skip %s %s", key, rules_digest);
	end_record(j, start, false);
}

void
journal_part(struct journal *j, const char *key, const char *target)
{
	size_t start = j->out.len;

	(void)buf_addf(&j->out, "part %s ", key);
	(void)text_field(&j->out, slice_str(target));
	end_record(j, start, true);
}

void
journal_fail(struct journal *j, const char *key, uint64_t count, int64_t epoch, const char *reason)
{
	size_t start = j->out.len;

	(void)buf_addf(&j->out, "fail %s %" PRIu64 " %" PRId64 " ", key, count, epoch);
	(void)text_field(&j->out, (struct slice){ reason, strnlen(reason, REASON_MAX) });
	end_record(j, start, true);
}

void
journal_gone(struct journal *j, const char *key)
{
	size_t start = j->out.len;

	(void)buf_addf(&j->out, "gone %s", key);
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

void
journal_done(struct journal *j, uint64_t n)
{
	size_t start = j->out.len;

	(void)buf_addf(&j->out, "done %" PRIu64, n);
	end_record(j, start, true);
}

void
journal_void(struct journal *j, uint64_t n)
{
	size_t start = j->out.len;

	(void)buf_addf(&j->out, "void %" PRIu64, n);
	end_record(j, start, true);
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
	j->size += (off_t)j->out.len;
	j->out.len = 0;
	return 0;
}

int
journal_sync(struct journal *j, struct error *e)
{
	if (journal_flush(j, e) == -1)
		return -1;
	if (fdatasync(j->fd) == -1) {
		j->broken = true; /* what reached the disk is unknown from here on */
		return error_sys(e, error_write_class(errno), "%s", j->path);
	}
	return 0;
}

/* ---- compacting ---- */

bool
journal_is_stale(const struct journal *j, size_t ndropped)
{
	size_t size = (size_t)j->size, dead = MIN(j->dead, size);

	if (j->nkeys > 0)
		dead += (size - dead) / j->nkeys * MIN(ndropped, j->nkeys);
	return !j->has_unknown && size >= STALE_MIN && dead >= size / 2;
}

static const char *
kind_word(uint8_t kind)
{
	for (size_t i = 0; i < nitems(key_records); i++)
		if (key_records[i].kind == kind)
			return key_records[i].word;
	return "part";
}

static bool
is_live(const struct journal *j, uint32_t at, bool (*keep)(void *ctx, struct slice key), void *ctx)
{
	struct slice key = entry_key(j, at), rest = key;

	switch (j->entries[at].kind) {
	case JOURNAL_UNKNOWN:
		return false;
	case PART:
		key = slice_word(&rest);
		return journal_find(j, key).kind != JOURNAL_SEEN && keep(ctx, key);
	default:
		return keep(ctx, key);
	}
}

static int
write_live(const struct journal *j, int fd, bool (*keep)(void *ctx, struct slice key), void *ctx)
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
		struct slice key = entry_key(j, i), rest = entry_rest(j, &j->entries[i]);

		if (is_live(j, i, keep, ctx))
			(void)buf_addf(&out, "%s %.*s%s%.*s\n", kind_word(j->entries[i].kind),
			    (int)key.len, key.p, rest.len > 0 ? " " : "", (int)rest.len, rest.p);
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
	forget_loaded(j);
	if (lseek(j->fd, 0, SEEK_SET) == -1)
		return error_sys(e, ERR_IO, "%s", j->path);
	return read_file(j, e) == -1 || load_text(j, e) == -1 ? -1 : 0;
}

int
journal_compact(
    struct journal *j, bool (*keep)(void *ctx, struct slice key), void *ctx, struct error *e)
{
	char *fresh = fresh_path(j);
	int fd = -1, rc = -1;

	if (reload(j, e) == -1)
		goto out;
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1 || write_live(j, fd, keep, ctx) == -1 || fsync(fd) == -1 ||
	    rename(fresh, j->path) == -1) {
		(void)error_sys(e, ERR_TEMP, "%s", fresh);
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
