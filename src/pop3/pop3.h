/*
 * pop3.h - a POP3 client. Read this first in pop3/.
 *
 * A session's life, in order: pop3_new() takes a connected stream; pop3_greet(); with STLS
 * pop3_capa() and pop3_stls(); pop3_capa(); pop3_enter() logs in and lists; any number of runs
 * (pop3_run_*: TOP, RETR or DELE for many messages, pipelined), whose bodies pop3_body() reads;
 * pop3_quit(); pop3_free().
 *
 * Here:      commands and replies, flights of commands, the parsing of replies (reply.h, caps.h,
 *            listing.h, apop.h).
 * Not here:  which messages to fetch, what becomes of them, where passwords come from.
 * Logins:    USER and PASS, APOP (login.c), and AUTH with the mechanisms of sasl/ (auth.c).
 * Flights:   commands whose order is fixed go out together when the server pipelines, one by one
 *            when it does not; the code is the same. Nobody waits for a server that waits for
 *            us to read (RFC 2449 section 6.6): the stream sends while it reads. At most 1,000
 *            commands are unanswered at any time, as an interrupted run must wait for the replies.
 * Deadlines: a reply must be there within the timeout of its command; a multi-line reply must
 *            advance by 1 KiB, or end, within every timeout.
 * Errors:    0, or -1 with *e set and the session over. Response codes pick the class (RFC 2449
 *            section 8, RFC 3206): [IN-USE], [LOGIN-DELAY] and [SYS/TEMP] are ERR_TEMP. The
 *            server's words are part of the message.
 * Ownership: pop3_new() takes over the stream. Parameters are borrowed for the session's life.
 * Sources:   RFC 1939, 2449, 2595 (STLS), 3206, 5034 (AUTH).
 *
 * pop3 includes net, sasl, mail and util.
 */
#ifndef POP3_POP3_H
#define POP3_POP3_H

#include <stdbool.h>
#include <stdint.h>

#include "net/stream.h"
#include "pop3/caps.h"
#include "pop3/listing.h"
#include "pop3/reply.h"
#include "sasl/sasl.h"
#include "util/error.h"

enum pop3_auth { POP3_AUTH_AUTO, POP3_AUTH_USER, POP3_AUTH_APOP, POP3_AUTH_SASL };
enum pop3_pipelining { POP3_PIPELINING_AUTO, POP3_PIPELINING_ON, POP3_PIPELINING_OFF };

struct pop3_params {
	const char *user;
	const char *secret; /* the password or the token; needed up to the end of pop3_enter() */
	const char *host;   /* the server as the user named it, and its port */
	uint16_t port;
	enum pop3_auth auth;
	const struct sasl_mech *mech; /* for POP3_AUTH_SASL: not one of those that bind */
	enum pop3_pipelining pipelining;
	int64_t timeout_ms;
};

struct pop3;

struct pop3 *pop3_new(struct stream *s, const struct pop3_params *params);
void pop3_free(struct pop3 *p); /* closes the connection; says no QUIT; NULL does nothing */

int pop3_greet(struct pop3 *p, struct error *e);

/*
 * A digest by which the greeting is known again: of its words, but for those with a digit or in
 * angle brackets, which change from session to session.
 */
const char *pop3_greeting_digest(const struct pop3 *p);

/* Its words, without "+OK" and a response code, as they came. Borrowed. */
struct slice pop3_greeting(const struct pop3 *p);

/*
 * Takes the capabilities from an earlier session for granted, instead of asking for them.
 * pop3_enter() asks for them all the same, in its flight.
 */
void pop3_assume(struct pop3 *p, const struct pop3_caps *caps);

/* Whether it still relies on that: the server has neither answered CAPA since nor refused us. */
bool pop3_has_assumed(const struct pop3 *p);

/* Asks for the capabilities, forgetting what was known. A server without CAPA is no error. */
int pop3_capa(struct pop3 *p, struct error *e);
const struct pop3_caps *pop3_caps(const struct pop3 *p);

/* The lines of the latest answer to CAPA, as they came. Borrowed until the next CAPA. */
struct slice pop3_capa_lines(const struct pop3 *p);

/* Goes on in TLS, or fails: anything but +OK to STLS is ERR_TLS. Forgets the capabilities. */
int pop3_stls(struct pop3 *p, const char *host, const struct tls_params *tls, struct error *e);

/* What TLS has come to, by what it was started with; false as long as there is none. */
bool pop3_tls_report(
    struct pop3 *p, const char *host, const struct tls_params *tls, struct tls_report *r);

/*
 * How pop3_enter() would log in, by what is known of the server and the connection, and why. For
 * POP3_AUTH_AUTO that is the strongest of SCRAM-SHA-256, SCRAM-SHA-1, PLAIN, USER and PASS, LOGIN
 * that the server offers; SCRAM is bound to the TLS channel (-PLUS) where both sides can do so. -1:
 * it cannot be done (ERR_AUTH: not offered; ERR_TLS: not without TLS).
 */
struct pop3_login {
	enum pop3_auth auth;          /* never POP3_AUTH_AUTO */
	const struct sasl_mech *mech; /* for POP3_AUTH_SASL, else NULL */
	const char *name;             /* "USER", "SCRAM-SHA-256-PLUS" */
	const char *why;              /* words for a person */
	bool clear;                   /* the server gets the password or the token itself */
};

int pop3_choose_login(const struct pop3 *p, struct pop3_login *login, struct error *e);

/* Logs in, and fills the (empty) listing, in as few flights as the server allows. */
int pop3_enter(struct pop3 *p, struct listing *l, struct error *e);

/* Whether pop3_enter() failed because the server did not accept what we logged in with. */
bool pop3_is_refused(const struct pop3 *p);

/*
 * The same command for many messages. After pop3_run_start(), each pop3_run_next() gives the
 * reply to the next one, in order; after a positive one to RETR or TOP the body must be read to
 * its end before the next call.
 */
enum pop3_verb { POP3_RETR, POP3_TOP, POP3_DELE };

struct pop3_run {
	struct pop3 *p;
	enum pop3_verb verb;
	const uint32_t *numbers; /* borrowed until the run is over */
	size_t n, sent, answered;
	uint32_t top;   /* lines of the body that TOP is to give */
	bool then_quit; /* QUIT goes out behind the last one, when the server pipelines */
};

void pop3_run_start(
    struct pop3_run *r, struct pop3 *p, enum pop3_verb verb, const uint32_t *numbers, size_t n);

/* 1: the reply to numbers[*at] is in *st (valid until the next call); 0: all answered; -1. */
int pop3_run_next(struct pop3_run *r, size_t *at, struct pop3_status *st, struct error *e);

/*
 * Asks for no more, and reads and drops what has been asked for: the rest of the body at hand and
 * all replies outstanding. Then other commands can follow.
 */
int pop3_run_abandon(struct pop3_run *r, struct error *e);

/*
 * The next bytes of the body, in Unix form, at most room of them (at least 64) into out. *end
 * tells that it is complete; *len may be 0 before that.
 */
int pop3_body(struct pop3 *p, char *out, size_t room, size_t *len, bool *end, struct error *e);

/*
 * Whether no line of the body so far begins with "From ", or ">"s and "From ": an mbox need not
 * look for such lines again.
 */
bool pop3_body_is_plain(const struct pop3 *p);

/*
 * When every reply has been read: -1 if the server has said more than that: ERR_TEMP if that is
 * a farewell, else ERR_PROTO. Which reply was to which command is not certain then. It is looked
 * after whenever a flight or a run begins.
 */
int pop3_check_silence(struct pop3 *p, struct error *e);

/* Sends QUIT, if no run has, and awaits its +OK: only then are this session's deletions done. */
int pop3_quit(struct pop3 *p, struct error *e);

#endif
