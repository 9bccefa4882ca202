/*
 * smtp.h - a client for SMTP and LMTP: one connection, one message after the other. Read this first
 * in smtp/.
 *
 * A session's life, in order:
 *
 *     smtp_open    connects; greeting, EHLO (HELO, LHLO), STARTTLS, login
 *     smtp_begin   MAIL, RCPT for each recipient, DATA: which of them the server takes
 *     smtp_data    the message, in pieces
 *     smtp_end     its end
 *     smtp_verdict what has become of it: one reply, by LMTP one for each recipient
 *     smtp_query   NOOP, VRFY, EXPN or HELP instead
 *     smtp_close   QUIT
 *
 * Here:      replies (reply.h), features (features.h), the session (session.c), logging in
 *            (auth.c), the transaction (transaction.c).
 * Not here:  who the recipients are, which of them already has the message, what to do when the
 *            server cannot be reached: deliver/ knows. Mechanisms of SASL: sasl/.
 * Errors:    0, or -1 with *e set: the connection is of no more use, and only smtp_close() may
 *            follow. What concerns a recipient only is its fate, and no error.
 * Ownership: parameters are borrowed for the life of the session.
 * Sources:   RFC 5321 (SMTP), 2033 (LMTP), 3207 (STARTTLS), 4954 (AUTH), 8314 (smtps), 1870 (SIZE),
 *            6152 (8BITMIME), 6531 (SMTPUTF8), 2920 (PIPELINING), 2034 (enhanced codes).
 *
 * smtp includes net, sasl, mail and util.
 */
#ifndef SMTP_SMTP_H
#define SMTP_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/way.h"
#include "sasl/sasl.h"
#include "util/buf.h"
#include "util/error.h"
#include "util/slice.h"

enum smtp_tls { SMTP_STARTTLS, SMTP_SMTPS, SMTP_TLS_OFF };

struct smtp_params {
	bool lmtp;
	struct way way;
	enum smtp_tls tls;
	struct tls_params tls_params;
	const char *user; /* NULL: no login */
	const char *secret;
	const struct sasl_mech *mech; /* NULL: the strongest that both sides have */
	int64_t
	    timeout_ms; /* for each reply; that to the end of a message may take twice as long */
};

struct smtp;

/* NULL with *e set: ERR_HOST, ERR_TEMP, ERR_TLS, ERR_AUTH, ERR_PROTO. */
struct smtp *smtp_open(const struct smtp_params *params, struct error *e);

/* What it says of itself in its greeting, and of TLS, if there is any. The text is borrowed. */
const char *smtp_greeting(const struct smtp *s);
bool smtp_tls_report(struct smtp *s, struct tls_report *r);

/* Logs in, if the parameters have a user by now and had none when it was opened. */
int smtp_log_in(struct smtp *s, struct error *e);

/* Says QUIT, if the connection is still of use. NULL does nothing. */
void smtp_close(struct smtp *s);

/* What the server has said it can do, in lines: "SIZE 1000000". Borrowed. */
struct slice smtp_features(const struct smtp *s);

/* ---- one message ---- */

enum smtp_fate {
	SMTP_PENDING,  /* nothing is known yet */
	SMTP_TAKEN,    /* the server waits for the message */
	SMTP_ACCEPTED, /* it has the message, for this recipient */
	SMTP_PUT_OFF,  /* not now */
	SMTP_REFUSED   /* never */
};

/* What every server takes at once: RFC 5321 section 4.5.3.1.8. */
#define SMTP_RECIPIENTS_MAX ((size_t)100)

struct smtp_recipient {
	const char *address;
	enum smtp_fate fate;
	bool too_many; /* put off because there were so many */
};

struct smtp_mail {
	const char *sender;        /* "": the null reverse-path */
	struct smtp_recipient *to; /* at most SMTP_RECIPIENTS_MAX */
	size_t n;
	uint64_t size;    /* with CRLF line ends */
	bool eight_bit;   /* the message has bytes beyond ASCII */
	bool utf8_header; /* and its header has UTF-8 */
	/* what the server said first against a recipient: for now (ERR_TEMP), and for good */
	struct error put_off, refused;
};

/*
 * Asks for all recipients. 0; -1 when the connection fails or the server does not serve us at all.
 * smtp_waits() tells whether the message is to be sent now.
 */
int smtp_begin(struct smtp *s, struct smtp_mail *m, struct error *e);
bool smtp_waits(const struct smtp_mail *m);

int smtp_data(struct smtp *s, struct slice bytes, struct error *e); /* in Unix form */
int smtp_end(struct smtp *s, struct error *e);

/*
 * Reads the next verdict: fates of recipients change from SMTP_TAKEN to what it says. Call it until
 * smtp_waits() is false. -1 when the connection ends before it has come: then nobody knows.
 */
int smtp_verdict(struct smtp *s, struct smtp_mail *m, struct error *e);

/* Whether an earlier message has gone over this connection. */
bool smtp_is_used(const struct smtp *s);

/* Whether the server has said that it ends the connection (421). */
bool smtp_is_ending(const struct smtp *s);

/*
 * Sends a line of at most 500 bytes, such as "VRFY alice", and appends the lines of the reply,
 * whatever it is, without its codes. -1 only when the connection fails.
 */
int smtp_query(struct smtp *s, const char *line, struct buf *out, struct error *e);

#endif
