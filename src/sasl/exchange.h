/*
 * exchange.h - an exchange from inside. Only for the mechanisms; sasl.h is what others see.
 */
#ifndef SASL_EXCHANGE_H
#define SASL_EXCHANGE_H

#include "sasl/sasl.h"
#include "util/text.h"

#define SASL_CHALLENGE_MAX 4096 /* bytes, decoded */
#define SCRAM_HASH_MAX 32       /* bytes of SHA-256 */
#define SCRAM_NONCE_LEN 24      /* characters of ours */

/* What SCRAM has to keep from one message to the next. */
struct scram {
	char nonce[SCRAM_NONCE_LEN + 1];
	struct buf first;                        /* our first message without the GS2 header */
	unsigned char signature[SCRAM_HASH_MAX]; /* what the server must send ... */
	size_t signature_len;                    /* ... once it is computed */
};

struct sasl {
	const struct sasl_mech *mech;
	const struct sasl_params *params;
	unsigned step; /* responses given */
	bool done;     /* set by the mechanism with its last response */
	bool failed;   /* a challenge was not answered */
	char complaint[TEXT_SAFE_MAX];
	struct scram scram;
};

/*
 * The mechanisms. Each appends its response to raw, which has room for the user three times, the
 * secret, the host, the challenge and the channel binding, and for 1 KiB beside them.
 */
int plain_respond(struct sasl *s, struct slice challenge, struct buf *raw, struct error *e);
int login_respond(struct sasl *s, struct slice challenge, struct buf *raw, struct error *e);
int cram_respond(struct sasl *s, struct slice challenge, struct buf *raw, struct error *e);
int scram_respond(struct sasl *s, struct slice challenge, struct buf *raw, struct error *e);
int oauthbearer_respond(struct sasl *s, struct slice challenge, struct buf *raw, struct error *e);
int xoauth2_respond(struct sasl *s, struct slice challenge, struct buf *raw, struct error *e);
int external_respond(struct sasl *s, struct slice challenge, struct buf *raw, struct error *e);

/* A challenge came that the mechanism knows nothing to answer to. Always -1. */
int sasl_unexpected(const struct sasl *s, struct error *e);

#endif
