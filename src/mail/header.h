/*
 * header.h - the header fields of a message in Unix form. Source: RFC 5322 section 2.2.
 */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include <stdbool.h>

#include "util/buf.h"
#include "util/slice.h"

struct header {
	struct slice raw;   /* the whole field, folds and last LF included */
	struct slice name;  /* without blanks before the colon; empty: a line that is no field */
	struct slice value; /* behind the colon, folds included, without the last LF */
};

/*
 * Takes the next field off the front of *rest; false at the empty line that ends the header (or
 * at the end of the bytes), which stays in *rest.
 */
bool header_next(struct slice *rest, struct header *h);

/* The value of the first field of that name in a message's head; false without one. */
bool header_find(struct slice head, const char *name, struct slice *value);

/*
 * Appends text without its folds: each line break before a blank goes (RFC 5322 section 2.2.3), a
 * last one too. Returns -1 past out's bound, with as much as fits.
 */
int header_unfold(struct buf *out, struct slice text);

#endif
