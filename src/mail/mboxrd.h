/*
 * mboxrd.h - From_ quoting that can be undone: a line of any number of ">" followed by "From "
 * gets one ">" more.
 *
 * The new ">" goes right before the "F": in a run of ">" nobody can tell where it was added, and
 * so five bytes of look-ahead are enough however long the run is.
 */
#ifndef MAIL_MBOXRD_H
#define MAIL_MBOXRD_H

#include <stdbool.h>

#include "util/slice.h"

struct mboxrd {
	bool started; /* false: the next byte begins a line or follows only ">" in its line */
	bool last;    /* the last byte given out was a newline (or none was given out yet) */
	bool plain;   /* there is nothing to quote: nobody need look */
};

/* plain: no line of the message is one to quote, as is known from elsewhere. */
void mboxrd_init(struct mboxrd *q, bool plain);

/*
 * Looks at the next bytes of a message. Returns how many of them go out as they are; then, if
 * *quote is set, a ">" goes out, and the rest is given again. A return of less than in.len
 * without *quote asks for the rest again with more bytes behind it (at most 4 bytes are held
 * back, and none when final says that nothing follows).
 */
size_t mboxrd_next(struct mboxrd *q, struct slice in, bool final, bool *quote);

/* Whether what was given out so far lacks a newline at its end. */
bool mboxrd_lacks_newline(const struct mboxrd *q);

#endif
