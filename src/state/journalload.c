#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "state/journalfile.h"
#include "util/io.h"
#include "util/log.h"
#include "util/mem.h"

#define HEADER_ANY "haulmail journal "

struct slice
journal_entry_key(const void *owner, uint32_t at)
{
	const struct journal *j = owner;

	return (struct slice){ j->text.p + j->entries[at].key, j->entries[at].key_len };
}

struct slice
journal_entry_rest(const struct journal *j, const struct entry *en)
{
	struct slice rest = { j->text.p + en->rest, j->text.len - en->rest };

	return slice_line(&rest);
}

/* The length of an entry's line, newline included. */
static size_t
entry_bytes(const struct journal *j, const struct entry *en)
{
	struct slice rest = journal_entry_rest(j, en);

	return (size_t)(rest.p + rest.len - (j->text.p + en->key)) + sizeof("seen ");
}

/* Puts an entry behind the others, where that of its key is not there yet; its place. */
static uint32_t
place_of(struct journal *j, const struct entry *en)
{
	uint32_t at;

	if (j->nentries == j->cap) {
		j->cap = j->cap == 0 ? 64 : j->cap * 2;
		j->entries = xreallocarray(j->entries, j->cap, sizeof(*j->entries));
	}
	j->entries[j->nentries] = *en;
	at = index_add(&j->index, j->nentries);
	j->nentries += at == j->nentries;
	return at;
}

/* Notes the last word about a key; what stood there before is dead. */
static void
note(struct journal *j, uint8_t kind, struct slice key, struct slice rest)
{
	struct entry en = { .key = (uint32_t)(key.p - j->text.p),
		.key_len = (uint16_t)key.len,
		.rest = (uint32_t)(rest.p - j->text.p),
		.kind = JOURNAL_UNKNOWN };
	uint32_t at = place_of(j, &en);
	bool was = j->entries[at].kind != JOURNAL_UNKNOWN;

	if (was)
		j->dead += entry_bytes(j, &j->entries[at]);
	if (kind == JOURNAL_UNKNOWN)
		j->dead += entry_bytes(j, &en);
	if (kind == PART)
		j->nparts += !was;
	else
		j->nkeys = j->nkeys - was + (kind != JOURNAL_UNKNOWN);
	en.kind = kind;
	j->entries[at] = en; /* the same key bytes at another place */
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
static const struct key_record {
	const char *word;
	uint8_t kind;
	bool number; /* the field behind the key must be one */
} key_records[] = {
	{ "seen", JOURNAL_SEEN, true },
	{ "skip", JOURNAL_SKIP, false },
	{ "fail", JOURNAL_FAIL, true },
	{ "gone", JOURNAL_UNKNOWN, false },
};

const char *
journal_kind_word(uint8_t kind)
{
	for (size_t i = 0; i < nitems(key_records); i++)
		if (key_records[i].kind == kind)
			return key_records[i].word;
	return "part";
}

static bool
load_key(struct journal *j, const struct key_record *kr, struct slice fields)
{
	struct slice key = slice_word(&fields), look = fields;
	uint64_t number;

	if (key.len == 0 || key.len > UINT16_MAX ||
	    (kr->number && !slice_number(slice_word(&look), INT64_MAX, &number)))
		return false;
	note(j, kr->kind, key, fields);
	return true;
}

/* Without a target it would be taken for a record of the key, and replace that. */
static bool
load_part(struct journal *j, struct slice pair)
{
	struct slice target = pair;

	(void)slice_word(&target);
	if (target.len == 0 || pair.len > UINT16_MAX)
		return false;
	note(j, PART, pair, (struct slice){ pair.p + pair.len, 0 });
	return true;
}

static bool
load_line(struct journal *j, struct slice line)
{
	struct slice fields = line, word = slice_word(&fields);

	for (size_t i = 0; i < nitems(key_records); i++) /* first: most lines are such */
		if (slice_equal(word, key_records[i].word))
			return load_key(j, &key_records[i], fields);
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
	return slice_equal(word, "part") && load_part(j, fields);
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

int
journal_load(struct journal *j, struct error *e)
{
	return read_file(j, e) == -1 ? -1 : load_text(j, e);
}

void
journal_forget(struct journal *j)
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
	j->nentries = j->cap = j->guess = 0;
	j->nkeys = j->nparts = j->dead = 0;
	j->server.len = 0;
}
