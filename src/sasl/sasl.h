/*
 * sasl.h - logging in by SASL: what to say, and whether to believe the answer. Read this first in
 * sasl/.
 *
 * An exchange: sasl_new() checks that the mechanism can be used at all; sasl_respond() answers one
 * challenge after the other, the first time with an empty one if the mechanism begins (initial);
 * when sasl_is_done(), there is nothing left to say, and only the server's verdict can follow:
 * sasl_accept() if that is yes. A yes before that, or from a server that has not proven what the
 * mechanism makes it prove, is an error. sasl_free().
 *
 * Here:      the mechanisms: a row each in mechs.c, a file for each family (plain.c, cram.c,
 *            scram.c, oauth.c, external.c), bytes in, bytes out; base64 (base64.h).
 * Not here:  I/O, and the protocol around it: how AUTH is spelt, where the 255 octets of a command
 *            end, which mechanism to take. Whoever speaks a protocol carries the lines.
 * Wire:      challenges and responses are base64, as they stand in the line (RFC 5034, RFC 4954).
 * Errors:    0, or -1 with *e set, without the server's name; then the exchange is to be
 *            cancelled with "*". ERR_PROTO for nonsense, ERR_AUTH for a server that cannot prove
 *            who it is, ERR_CONFIG for what must not be sent.
 * Ownership: parameters are borrowed for the life of the exchange. What holds a secret is wiped.
 * Sources:   RFC 4422, 4616 (PLAIN), 2195 (CRAM-MD5), 5802, 7677 and 9266 (SCRAM), 7628
 *            (OAUTHBEARER); LOGIN and XOAUTH2 have none.
 *
 * sasl includes only util.
 */
#ifndef SASL_SASL_H
#define SASL_SASL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/error.h"
#include "util/slice.h"

struct sasl;

struct sasl_mech {
	const char *name;  /* as servers list it */
	const char *bound; /* the name of the same with channel binding; NULL for none */
	bool initial;      /* the client speaks first */
	bool clear;        /* the server gets the secret itself */
	bool token;        /* the secret is an OAuth token */
	bool no_secret;    /* there is none */
	bool binds;        /* this one is bound to its TLS channel */
	const char *hash;  /* of SCRAM, as libcrypto names it */
	int (*respond)(struct sasl *s, struct slice challenge, struct buf *raw, struct error *e);
};

/* All of them, sorted by name; ends with name NULL. A set of them has bit i for row i. */
extern const struct sasl_mech sasl_mechs[];

/* By name, in either case; NULL for one that we do not have. */
const struct sasl_mech *sasl_find(struct slice name);
uint32_t sasl_bit(const struct sasl_mech *m); /* 0 for NULL */

/* Appends the names of a set, in the order of the table, with that between them. */
void sasl_format_set(uint32_t set, const char *between, struct buf *out);

struct sasl_params {
	const char *user;
	const char *secret; /* the password or the token; "" where there is none */
	const char *host;   /* the server as the user named it, and its port: OAUTHBEARER says so */
	uint16_t port;
	/*
	 * Channel binding (RFC 5056): its type and bytes, if the mechanism binds. Where it does not
	 * but could have, if only the server offered it, could_bind makes SCRAM tell the server,
	 * who knows then whether somebody has shortened its list (RFC 5802 section 6).
	 */
	const char *binding_type;
	struct slice binding;
	bool could_bind;
	const char *nonce; /* the client's, for test vectors; NULL: random */
};

/* NULL with *e set (ERR_CONFIG) when the user or the secret cannot be sent. */
struct sasl *sasl_new(const struct sasl_mech *m, const struct sasl_params *params, struct error *e);
void sasl_free(struct sasl *s); /* NULL does nothing */

/*
 * Answers a challenge: base64, or empty. The response, likewise, replaces what is in *out, which
 * the caller wipes (buf_wipe()).
 */
int sasl_respond(struct sasl *s, struct slice challenge, struct buf *out, struct error *e);

/* Nothing is left to be said: the server's verdict is next. */
bool sasl_is_done(const struct sasl *s);

/* The server says yes: 0 if it may. */
int sasl_accept(const struct sasl *s, struct error *e);

/*
 * What the server has said against us in a challenge, before its no: words for a person, safe for a
 * terminal; "" for nothing.
 */
const char *sasl_complaint(const struct sasl *s);

#endif
