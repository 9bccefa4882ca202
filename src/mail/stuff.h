/*
 * stuff.h - a message on its way into an SMTP or LMTP dialogue, in whatever pieces it comes.
 *
 * Every line end becomes CRLF, whether it was LF, CRLF or a bare CR, so that no server can take for
 * the end of the message what another one does not (SMTP smuggling, CVE-2023-51764 and its kin). A
 * dot that begins a line is doubled.
 * Sources: RFC 5321 sections 2.3.8, 4.1.1.4 and 4.5.2.
 */
#ifndef MAIL_STUFF_H
#define MAIL_STUFF_H

#include <stdbool.h>
#include <stdint.h>

#include "util/slice.h"

/* Zero-initialised at the beginning of a message. */
struct stuff {
	bool mid; /* the last line lacks its end */
	bool cr;  /* the last byte was a CR, whose line end has gone out already */
};

#define STUFF_ROOM(len) (2 * (len)) /* what so many bytes may become */

/* Writes all of in to out, which has STUFF_ROOM(in.len); returns the length. */
size_t stuff(struct stuff *s, struct slice in, char *out);

/* The end of the last line, if it lacks one, and of the message: at most 5 bytes. */
const char *stuff_end(const struct stuff *s);

/* What a message is like, as a server wants to know beforehand. Zero-initialised. */
struct measure {
	struct stuff lines;
	uint64_t size;  /* with CRLF, without doubled dots (RFC 1870 section 5) */
	bool eight_bit; /* there is a byte beyond ASCII */
};

/* Looks at the next bytes; measure_end() behind the last ones. */
void measure(struct measure *m, struct slice in);
void measure_end(struct measure *m);

#endif
