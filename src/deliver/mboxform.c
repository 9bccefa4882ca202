#include "deliver/mboxform.h"

#include "mail/fromline.h"
#include "mail/mboxrd.h"

/* Gives out one run of the message's bytes with its quotes, and adds what it took to *took. */
static int
write_run(struct mboxrd *q, struct slice bytes, bool final, bool lasting, struct mboxform_sink *s,
    uint64_t *took, struct error *e)
{
	bool quote = true;

	while (quote) {
		struct slice piece = { bytes.p, mboxrd_next(q, bytes, final, &quote) };

		if (piece.len > 0 && s->piece(s, piece, lasting, e) == -1)
			return -1;
		if (quote && s->piece(s, slice_str(">"), true, e) == -1)
			return -1;
		*took += piece.len;
		bytes.p += piece.len;
		bytes.len -= piece.len;
	}
	return 0;
}

static int
write_text(const struct message *m, struct mboxrd *q, struct mboxform_sink *s, struct error *e)
{
	struct message_cursor c = { .at = 0 };
	struct slice bytes;
	bool final = m->length == 0;
	int rc = 0;

	while (rc == 0 && !final) {
		rc = message_next(m, &c, &bytes, &final, e);
		if (rc == 0)
			rc = write_run(q, bytes, final, m->fd == -1, s, &c.at, e);
	}
	message_cursor_free(&c);
	return rc;
}

int
mboxform_write(const struct message *m, int64_t epoch, struct mboxform_sink *s, struct error *e)
{
	char from[FROMLINE_MAX];
	struct slice line = { from, fromline_format(from, m->head, epoch) };
	struct mboxrd q;

	mboxrd_init(&q);
	if (s->piece(s, line, false, e) == -1 || write_text(m, &q, s, e) == -1)
		return -1;
	return s->piece(s, slice_str(mboxrd_lacks_newline(&q) ? "\n\n" : "\n"), true, e);
}
