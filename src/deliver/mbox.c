#include "deliver/mbox.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "deliver/dotlock.h"
#include "deliver/mboxdigest.h"
#include "deliver/mboxfile.h"
#include "deliver/mboxform.h"
#include "mail/fromline.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/sandbox.h"
#include "util/util.h"

struct mbox {
	struct delivery delivery;
	const struct deliver_params *params;
	char *path;
	struct message_list batch; /* what put gave since the last commit */

	/* between prepare and commit or abort */
	struct mboxfile file;  /* its size is what it gets back if the append fails */
	struct buf from_lines; /* of the batch, one behind the other */
	bool dirty;            /* bytes of ours may stand behind file.size */
};

/* ---- opening, putting ---- */

static struct delivery *
mbox_open(const struct dest *to, const struct deliver_params *params, struct error *e)
{
	struct mbox *m;

	if (mboxfile_check(to->place, params->foreign, e) == -1)
		return NULL;
	m = xcalloc(1, sizeof(*m));
	m->delivery.kind = &deliver_mbox;
	m->params = params;
	m->path = xstrdup(to->place);
	m->file.fd = m->file.at.dir = -1;
	return &m->delivery;
}

static int
mbox_put(struct delivery *d, const struct message *msg, struct error *e)
{
	struct mbox *m = (struct mbox *)d;

	(void)e;
	message_list_add(&m->batch, msg);
	return 0;
}

/* ---- preparing ---- */

struct digest_sink {
	struct mboxform_sink sink;
	struct mboxdigest digest;
	uint64_t length;
};

static int
digest_piece(struct mboxform_sink *s, struct slice bytes, struct error *e)
{
	struct digest_sink *d = (struct digest_sink *)s;

	(void)e;
	mboxdigest_add(&d->digest, bytes);
	d->length += bytes.len;
	return 0;
}

static void
make_from_lines(struct mbox *m, int64_t epoch)
{
	char date[ASCTIME_MAX], line[FROMLINE_MAX];

	(void)asctime_utc(date, epoch);
	m->from_lines.len = 0;
	m->from_lines.max = m->batch.n * FROMLINE_MAX;
	for (size_t i = 0; i < m->batch.n; i++)
		(void)buf_append(
		    &m->from_lines, line, fromline_format(line, m->batch.items[i]->head, date));
}

/* The next of them, its newline included. */
static struct slice
take_from_line(struct slice *lines)
{
	struct slice line = slice_line(lines);

	return (struct slice){ line.p, line.len + 1 };
}

/* Tells recovery the length and the digest of each message, as it will stand in the file. */
static int
note_messages(const struct mbox *m, struct intent *in, struct error *e)
{
	struct digest_sink s = { .sink.piece = digest_piece };
	struct slice lines = buf_slice(&m->from_lines);
	int rc = 0;

	mboxdigest_init(&s.digest);
	for (size_t i = 0; i < m->batch.n && rc == 0; i++) {
		struct intent_item *item = intent_add(in, m->batch.items[i]->key);

		s.length = 0;
		rc = mboxform_write(m->batch.items[i], take_from_line(&lines), &s.sink, e);
		(void)mboxdigest_end(&s.digest, item->digest);
		item->length = s.length;
	}
	mboxdigest_free(&s.digest);
	return rc;
}

static int
mbox_prepare(struct delivery *d, struct intent *in, struct error *e)
{
	struct mbox *m = (struct mbox *)d;

	make_from_lines(m, in->epoch);
	if (note_messages(m, in, e) == -1)
		return -1;
	if (mboxfile_open(&m->file, m->path, m->params, true, e) == -1)
		return -1;
	in->offset = (uint64_t)m->file.size;
	return 0;
}

/* ---- appending ---- */

/* Gathers pieces and writes many at a time. */
struct file_sink {
	struct mboxform_sink sink;
	const char *path;
	int fd;
	struct iovec iov[1024];
	size_t n;
};

static int
file_settle(struct mboxform_sink *s, struct error *e)
{
	struct file_sink *f = (struct file_sink *)s;
	int rc = writev_all(f->fd, f->iov, f->n);

	f->n = 0;
	return rc == 0 ? 0 : error_sys(e, error_write_class(errno), "%s", f->path);
}

static int
file_piece(struct mboxform_sink *s, struct slice bytes, struct error *e)
{
	struct file_sink *f = (struct file_sink *)s;

	if (f->n == nitems(f->iov) && file_settle(s, e) == -1)
		return -1;
	f->iov[f->n++] =
	    (struct iovec){ .iov_base = (void *)(uintptr_t)bytes.p, .iov_len = bytes.len };
	return 0;
}

static int
append_batch(struct mbox *m, struct error *e)
{
	struct file_sink *f = xmalloc(sizeof(*f));
	const char *sep = mboxfile_separator(&m->file, m->file.size, e);
	struct slice lines = buf_slice(&m->from_lines);
	int rc = sep != NULL ? 0 : -1;

	f->sink = (struct mboxform_sink){ file_piece, file_settle };
	f->path = m->path;
	f->fd = m->file.fd;
	f->n = 0;
	m->dirty = true;
	if (rc == 0 && *sep != '\0')
		rc = file_piece(&f->sink, slice_str(sep), e);
	for (size_t i = 0; i < m->batch.n && rc == 0; i++)
		rc = mboxform_write(m->batch.items[i], take_from_line(&lines), &f->sink, e);
	if (rc == 0)
		rc = file_settle(&f->sink, e);
	free(f);
	return rc;
}

/* Unlocks and forgets the batch. */
static void
finish(struct mbox *m)
{
	mboxfile_close(&m->file);
	m->batch.n = 0;
	m->dirty = false;
}

static int
mbox_commit(struct delivery *d, struct error *e)
{
	struct mbox *m = (struct mbox *)d;

	if (append_batch(m, e) == -1 || mboxfile_sync(&m->file, e) == -1)
		return -1;
	finish(m);
	return 0;
}

static int
mbox_abort(struct delivery *d)
{
	struct mbox *m = (struct mbox *)d;
	struct error e = { .cls = ERR_OK };

	if (m->dirty && mboxfile_truncate(&m->file, (uint64_t)m->file.size, &e) == -1)
		log_warn("cannot take back a message that was begun: %s", e.msg);
	finish(m);
	return e.cls == ERR_OK ? 0 : -1;
}

static void
mbox_close(struct delivery *d)
{
	struct mbox *m = (struct mbox *)d;

	(void)mbox_abort(d);
	message_list_free(&m->batch);
	buf_free(&m->from_lines);
	free(m->path);
	free(m);
}

/*
 * All of the directory, as other programs may put a new file in the mbox's place, and dotlocks are
 * made there. But if all of the user's files lie in it, only the mbox, once it is there. What then
 * cannot be done to the dotlock, or what needs dotlockfile(1), is the twin's business.
 */
static void
mbox_needs(const struct dest *to, const struct deliver_params *params, struct sandbox *s)
{
	struct error ignored = { .cls = ERR_OK };
	struct trust_place at;
	bool alone;
	char *dir;

	if (trust_find(&at, to->place, &ignored) != 0) {
		if (ignored.cls == ERR_TEMP) { /* it may be found when it is opened */
			dir = path_dirname(to->place);
			sandbox_allow(s, dir, SANDBOX_WRITE);
			free(dir);
		}
		return;
	}
	dir = path_dirname(at.path);
	alone = path_is_below(path_home(), dir) && access(at.path, F_OK) == 0;
	sandbox_allow(s, alone ? at.path : dir, SANDBOX_WRITE);
	if (alone)
		sandbox_allow(s, dir, SANDBOX_LIST);
	if (params->mbox_lock != MBOX_LOCK_FCNTL && (alone || access(dir, W_OK) == -1))
		dotlock_delegate(at.path, s);
	free(dir);
	trust_leave(&at);
}

const struct deliver_kind deliver_mbox = {
	.name = "mbox",
	.argument = "PATH",
	.takes_path = true,
	.open = mbox_open,
	.put = mbox_put,
	.prepare = mbox_prepare,
	.commit = mbox_commit,
	.abort = mbox_abort,
	.recover = mbox_recover,
	.close = mbox_close,
	.needs = mbox_needs,
};
