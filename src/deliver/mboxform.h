/*
 * mboxform.h - a message as it stands in an mbox: From_ line, mboxrd-quoted text, a blank line.
 *
 * The same message and time always give the same bytes: their length and digest in an intent let
 * recovery recognise them.
 */
#ifndef DELIVER_MBOXFORM_H
#define DELIVER_MBOXFORM_H

#include <stdint.h>

#include "deliver/message.h"
#include "util/error.h"
#include "util/slice.h"

/*
 * Where the pieces go. A lasting piece stays valid as long as the message; of any other the bytes
 * must be used or copied before piece() returns.
 */
struct mboxform_sink {
	int (*piece)(struct mboxform_sink *s, struct slice bytes, bool lasting, struct error *e);
};

int mboxform_write(
    const struct message *m, int64_t epoch, struct mboxform_sink *s, struct error *e);

#endif
