#include "deliver/mboxform.h"

#include "mail/mboxrd.h"

/* Gives out one run of the message's bytes with its quotes, and adds what it took to *took. */
static int
write_run(struct mboxrd *q, struct slice bytes, bool final, struct mboxform_sink *s, uint64_t *took,
    struct error *e)
{
	bool quote = true;

	while (quote) {
		struct slice piece = { bytes.p, mboxrd_next(q, bytes, final, &quote) };

		if (piece.len > 0 && s->piece(s, piece, e) == -1)
			return -1;
		if (quote && s->piece(s, slice_str(">"), e) == -1)
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
			rc = write_run(q, bytes, final, s, &c.at, e);
		if (rc == 0 && m->fd != -1 && s->settle != NULL)
			rc = s->settle(s, e); /* the next bytes take their place */
	}
	message_cursor_free(&c);
	return rc;
}

int
mboxform_write(
    const struct message *m, struct slice from_line, struct mboxform_sink *s, struct error *e)
{
	struct mboxrd q;

	mboxrd_init(&q, m->plain);
	if (s->piece(s, from_line, e) == -1 || write_text(m, &q, s, e) == -1)
		return -1;
	return s->piece(s, slice_str(mboxrd_lacks_newline(&q) ? "\n\n" : "\n"), e);
}
