/*
 * mboxform.h - a message as it stands in an mbox: From_ line, mboxrd-quoted text, a blank line.
 *
 * The same message and From_ line always give the same bytes: their length and digest in an intent
 * let recovery recognise them.
 */
#ifndef DELIVER_MBOXFORM_H
#define DELIVER_MBOXFORM_H

#include "deliver/message.h"
#include "util/error.h"
#include "util/slice.h"

/*
 * Where the pieces go. Their bytes stay valid as long as the message and the From_ line do, or
 * until settle() is called, which is for a sink that keeps pieces (else NULL).
 */
struct mboxform_sink {
	int (*piece)(struct mboxform_sink *s, struct slice bytes, struct error *e);
	int (*settle)(struct mboxform_sink *s, struct error *e);
};

/* from_line: of fromline.h, its newline included. */
int mboxform_write(
    const struct message *m, struct slice from_line, struct mboxform_sink *s, struct error *e);

#endif
