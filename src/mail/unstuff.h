/*
 * unstuff.h - a multi-line POP3 response turned back into the message, in whatever pieces it
 * arrives.
 *
 * Source: RFC 1939 section 3. A line starts behind any LF, because some servers pass bare LFs
 * on; but the "." that ends it all counts only in the line ends that the server itself uses, so
 * that a message with a bare-LF "." line cannot cut itself short.
 */
#ifndef MAIL_UNSTUFF_H
#define MAIL_UNSTUFF_H

#include <stdbool.h>

#include "util/slice.h"

struct unstuff {
	enum { UNSTUFF_START, UNSTUFF_DOT, UNSTUFF_DOT_CR, UNSTUFF_MID, UNSTUFF_CR } at;
	bool lf_only; /* the server ends its lines with LF alone */
	bool end;     /* the terminating line has been seen */
	bool from;    /* a line may have begun with "From ", or ">"s and "From " */
};

#define UNSTUFF_SLACK 2 /* bytes that one call may write beyond in.len: held back before */

void unstuff_init(struct unstuff *u, bool lf_only);

/*
 * Takes bytes off the wire and writes the message's bytes to out, which has room for
 * in.len + UNSTUFF_SLACK and may not overlap in. Returns how many bytes of in it took: all,
 * unless the terminating line ends before (then u->end is set). *outlen is what was written.
 */
size_t unstuff(struct unstuff *u, struct slice in, char *out, size_t *outlen);

#endif
