/*
 * What a delivery that was cut short has left in an mbox: messages that are whole are recognised
 * by length and digest; a last one that is not is cut off, if every byte of it is provably ours.
 */
#include <stdlib.h>
#include <string.h>

#include "deliver/mbox.h"
#include "deliver/mboxdigest.h"
#include "deliver/mboxfile.h"
#include "mail/fromline.h"
#include "util/io.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/util.h"

struct recovery {
	struct mboxfile file;
	const struct intent *in;
	uint64_t size; /* of the file now */
	uint64_t at;   /* the messages up to here have been recognised */
};

/* Whether the file holds the item's bytes at r->at: 1, 0, or -1 with *e set. */
static int
holds_item(const struct recovery *r, const struct intent_item *item, struct error *e)
{
	uint64_t at = r->at, left = item->length;
	struct mboxdigest digest;
	char *buf, have[DIGEST_HEX];
	ssize_t got = 1;

	if (left > r->size - r->at)
		return 0;
	buf = xmalloc(MESSAGE_CHUNK);
	mboxdigest_init(&digest);
	while (left > 0 && got > 0) {
		got = pread_all(r->file.fd, buf, (size_t)MIN(left, MESSAGE_CHUNK), (off_t)at);
		if (got > 0) {
			mboxdigest_add(&digest, (struct slice){ buf, (size_t)got });
			at += (uint64_t)got;
			left -= (uint64_t)got;
		}
	}
	(void)mboxdigest_end(&digest, have);
	mboxdigest_free(&digest);
	free(buf);
	if (got == -1)
		return error_sys(e, ERR_TEMP, "%s", r->file.path);
	return left == 0 && strcmp(have, item->digest) == 0;
}

/* Whether text starts as our From_ line does: its date is the intent's. It may be cut short. */
static bool
starts_as_ours(struct slice text, int64_t epoch)
{
	char date[ASCTIME_MAX];
	struct slice want = slice_str(asctime_utc(date, epoch)), line = slice_line(&text);
	bool cut = text.p == line.p + line.len; /* no newline ended it */
	const char *blank;

	if (cut && line.len < 5)
		return line.len > 0 && memcmp(line.p, "From ", line.len) == 0;
	if (!slice_skip(&line, "From "))
		return false;
	if ((blank = memchr(line.p, ' ', line.len)) == NULL)
		return cut && line.len < ADDR_MAX;
	line.len -= (size_t)(blank + 1 - line.p);
	return blank > line.p && (cut ? line.len <= want.len : line.len == want.len) &&
	       memcmp(blank + 1, want.p, line.len) == 0;
}

/* Whether a From_ line begins anywhere behind the first byte, even in the middle of a line. */
static bool
holds_other_fromline(struct slice text)
{
	const char *end = text.p + text.len, *p = text.p + 1;

	while (p < end && (p = memmem(p, (size_t)(end - p), "From ", 5)) != NULL) {
		if (p[-1] == '\n' || fromline_matches((struct slice){ p, (size_t)(end - p) }))
			return true;
		p++;
	}
	return false;
}

/* Where the NULs begin that the file ends in; -1 with *e set. */
static int
find_nuls(const struct recovery *r, uint64_t *nuls, struct error *e)
{
	char *buf = xmalloc(MESSAGE_CHUNK);
	ssize_t got = 0;

	*nuls = r->at;
	for (uint64_t at = r->at; at < r->size; at += (uint64_t)got) {
		if ((got = pread_all(r->file.fd, buf, MESSAGE_CHUNK, (off_t)at)) <= 0)
			break;
		for (size_t i = (size_t)got; i > 0; i--)
			if (buf[i - 1] != '\0') {
				*nuls = at + i;
				break;
			}
	}
	free(buf);
	return got == -1 ? error_sys(e, ERR_TEMP, "%s", r->file.path) : 0;
}

/*
 * Whether the bytes from r->at to end begin with a head that is not the item's: 1, 0, or -1. A
 * head that is not over yet is nobody's whole message.
 */
static int
has_other_head(
    const struct recovery *r, const struct intent_item *item, uint64_t end, struct error *e)
{
	struct mboxdigest digest;
	char *buf = xmalloc(MESSAGE_CHUNK);
	ssize_t got = 1;
	bool other;

	mboxdigest_init(&digest);
	for (uint64_t at = r->at; at < end && got > 0 && !mboxdigest_has_head(&digest);) {
		got = pread_all(r->file.fd, buf, (size_t)MIN(end - at, MESSAGE_CHUNK), (off_t)at);
		if (got > 0) {
			mboxdigest_add(&digest, (struct slice){ buf, (size_t)got });
			at += (uint64_t)got;
		}
	}
	other =
	    mboxdigest_has_head(&digest) && memcmp(digest.head, item->digest, MBOXDIGEST_HEAD) != 0;
	mboxdigest_free(&digest);
	free(buf);
	return got == -1 ? error_sys(e, ERR_TEMP, "%s", r->file.path) : other;
}

/*
 * Whether the bytes from r->at to the end of the file are provably the beginning of our n-th item:
 * 1, 0, or -1. NULs may follow, no more than what we meant to write: so a file looks whose length
 * was on disk before its data when the power failed. Read in overlapping pieces, so that no From_
 * line hides at a border.
 */
static int
is_our_beginning(const struct recovery *r, size_t n, struct error *e)
{
	uint64_t at = r->at, nuls, most = 0;
	char *buf;
	ssize_t got = 0;
	bool ours;
	int other;

	for (size_t i = n; i < r->in->nitems; i++)
		most += r->in->items[i].length;
	if (find_nuls(r, &nuls, e) == -1)
		return -1;
	if (r->size - r->at > most || nuls - r->at >= r->in->items[n].length)
		return 0;
	if ((other = has_other_head(r, &r->in->items[n], nuls, e)) != 0)
		return other == 1 ? 0 : -1;
	buf = xmalloc(MESSAGE_CHUNK);
	for (ours = true; ours && at < nuls; at += MESSAGE_CHUNK - FROMLINE_MAX) {
		struct slice text;

		got = pread_all(r->file.fd, buf, (size_t)MIN(nuls - at, MESSAGE_CHUNK), (off_t)at);
		if (got <= 0)
			break;
		text = (struct slice){ buf, (size_t)got };
		if (at == r->at)
			ours = starts_as_ours(text, r->in->epoch);
		ours = ours && !holds_other_fromline(text);
	}
	free(buf);
	if (got == -1)
		return error_sys(e, ERR_TEMP, "%s", r->file.path);
	return ours;
}

/* Cuts off what a crash left of the n-th item, if that is all that follows. */
static int
cut_beginning(struct recovery *r, size_t n, uint64_t back_to, struct error *e)
{
	int ours = is_our_beginning(r, n, e);

	if (ours == 1) {
		if (mboxfile_truncate(&r->file, back_to, e) == -1)
			return -1;
		log_info("%s: a message that a crash cut short is taken back", r->file.path);
	} else if (ours == 0) {
		log_warn("%s: what follows a delivery that was cut short is not known to be ours; "
			 "nothing is changed, look at the mbox from byte %llu on",
		    r->file.path, (unsigned long long)r->at);
	}
	return ours == -1 ? -1 : 0;
}

static int
recover_locked(struct recovery *r, bool *arrived, struct error *e)
{
	const char *sep;
	size_t i;

	if (r->size < r->in->offset) {
		log_warn("%s has become shorter since a delivery was cut short; "
			 "messages of that delivery may come twice",
		    r->file.path);
		return 0;
	}
	if ((sep = mboxfile_separator(&r->file, (off_t)r->in->offset, e)) == NULL)
		return -1;
	r->at = r->in->offset + strlen(sep);
	if (r->size <= r->at)
		return 0; /* nothing, or newlines that do no harm */
	for (i = 0; i < r->in->nitems; i++) {
		int holds = holds_item(r, &r->in->items[i], e);

		if (holds == -1)
			return -1;
		if (holds == 0)
			break;
		arrived[i] = true;
		r->at += r->in->items[i].length;
	}
	if (r->at == r->size || i == r->in->nitems)
		return 0; /* what follows the last of ours is another program's */
	return cut_beginning(r, i, i == 0 ? r->in->offset : r->at, e);
}

int
mbox_recover(const struct dest *to, const struct deliver_params *params, const struct intent *in,
    bool *arrived, struct error *e)
{
	struct recovery r = { .in = in };
	char *dir = path_dirname(to->place);
	int rc = path_expect_directory(dir, e);

	free(dir);
	if (rc == -1)
		return -1;
	if (mboxfile_open(&r.file, to->place, params, false, e) == -1)
		return e->cls == ERR_OK ? 0 : -1; /* no file: nothing has arrived */
	r.size = (uint64_t)r.file.size;
	r.file.created = true; /* perhaps by the run that ended too early */
	rc = recover_locked(&r, arrived, e);
	if (rc == 0 && in->nitems > 0 && arrived[0])
		rc = mboxfile_sync(&r.file, e); /* what is there may be in memory only */
	mboxfile_close(&r.file);
	return rc;
}
