/*
 * caps.h - what a POP3 server says it can do. Source: RFC 2449 sections 5 and 6, RFC 2595.
 */
#ifndef POP3_CAPS_H
#define POP3_CAPS_H

#include <stdbool.h>

#include "util/buf.h"
#include "util/slice.h"

struct pop3_caps {
	bool known; /* the server answered CAPA; without that the rest says nothing */
	bool top, uidl, user, sasl, pipelining, stls;
};

/* Notes one line of the CAPA response; capabilities we have no use for are passed over. */
void pop3_caps_line(struct pop3_caps *caps, struct slice line);

/* The capabilities noted, as words with a blank between them; and back. */
void pop3_caps_format(const struct pop3_caps *caps, struct buf *out);
struct pop3_caps pop3_caps_parse(struct slice words);

#endif
