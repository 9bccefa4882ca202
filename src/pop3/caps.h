/*
 * caps.h - what a POP3 server says it can do. Source: RFC 2449 sections 5 and 6, RFC 2595.
 */
#ifndef POP3_CAPS_H
#define POP3_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/slice.h"

struct pop3_caps {
	bool known; /* the server answered CAPA; without that the rest says nothing */
	bool top, uidl, user, sasl, pipelining, stls;
	uint32_t mechs; /* behind SASL, those that we have: a set as in sasl/sasl.h */
};

/* Notes one line of the CAPA response; capabilities we have no use for are passed over. */
void pop3_caps_line(struct pop3_caps *caps, struct slice line);

/*
 * Some servers tell of USER and SASL only before the login: what is known of them from then is
 * added to what a server says after it.
 */
void pop3_caps_keep_logins(struct pop3_caps *now, const struct pop3_caps *before);

/* The capabilities noted, as words with a blank between them: "SASL=LOGIN,PLAIN UIDL"; and back. */
void pop3_caps_format(const struct pop3_caps *caps, struct buf *out);
struct pop3_caps pop3_caps_parse(struct slice words);

#endif
