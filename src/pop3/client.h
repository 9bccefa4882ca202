/*
 * client.h - what the files of the client share: a reply, a line, a flight of commands. Only for
 * pop3/; pop3.h is what others see.
 */
#ifndef POP3_CLIENT_H
#define POP3_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "mail/unstuff.h"
#include "pop3/pop3.h"
#include "util/digest.h"
#include "util/util.h"

#define COMMAND_MAX 512 /* user names and passwords included; responses of AUTH can be longer */
#define FLIGHT_MAX 8    /* steps of a flight */
#define WINDOW 1000     /* commands not yet answered */

/* A login by AUTH; empty before and after it. */
struct auth {
	const struct sasl_mech *mech;
	struct sasl *sasl;
	struct sasl_params params;
	unsigned char binding[TLS_BINDING_MAX];
	struct buf response; /* the latest, in base64 */
	struct buf line;     /* what is to be sent next */
	unsigned lines;      /* sent so far */
	bool held;           /* the response is not in a line yet */
	bool with_AUTH;      /* it went in the line of AUTH, and maybe the server has not seen it */
	bool wrong_binding;  /* the server knows no channel binding of that type */
};

struct pop3 {
	struct stream *s;
	const struct pop3_params *params;
	struct pop3_caps caps;
	struct slice timestamp; /* APOP's, of the greeting; owned */
	int64_t progressed;     /* bytes of the multi-line reply since its deadline was set */
	struct unstuff body;
	bool quit_sent;
	bool assumed; /* caps are from an earlier session ... */
	struct pop3_caps
	    before_login; /* ... and this is what the server has said since, if known */
	bool refused;     /* the login was */
	struct auth auth;
	char greeting[DIGEST_HEX];
	struct buf greeting_text, capa_lines; /* as the server wrote them */
};

/* One command of a flight, and what to do with its reply. */
struct client_step {
	const char *plain; /* a command without arguments; or NULL, and then ... */
	/* ... appends the command with its CRLF, at most COMMAND_MAX bytes and p->auth.line */
	void (*command)(struct pop3 *p, struct buf *out);
	/* reads the whole reply */
	int (*reply)(struct pop3 *p, struct listing *l, struct error *e);
	bool secret;
};

bool client_may_pipeline(const struct pop3 *p);

/* The reply to what was just sent must be there within the timeout from now. */
void client_start_clock(struct pop3 *p);
/* A multi-line reply that advances gets more time. */
void client_note_progress(struct pop3 *p, size_t len);

int client_read_status(struct pop3 *p, struct pop3_status *st, struct error *e);

/* One line of a multi-line reply; *end at its last. */
int client_read_line(struct pop3 *p, struct slice *line, bool *end, struct error *e);

/* Fills *e from a refusal: "what: the server's words". Always -1. */
int client_refused(struct pop3 *p, const struct pop3_status *st, enum errclass cls,
    const char *what, struct error *e);

/* Sends each step as soon as the server allows and handles the replies in order. */
int client_fly(
    struct pop3 *p, const struct client_step *steps, size_t n, struct listing *l, struct error *e);

/*
 * Gets ready to log in: picks the way, has all of the dialogue but its last line, and appends the
 * steps for that, which the listing can follow in the same flight.
 */
int login_begin(struct pop3 *p, struct client_step *steps, size_t *n, struct error *e);

/* Fills *e from a refusal of the login. Always -1. */
int login_refused(struct pop3 *p, const struct pop3_status *st, struct error *e);

/* The same for AUTH with that mechanism: up to its last line; that line; its reply; wiping. */
int auth_begin(struct pop3 *p, const struct sasl_mech *m, struct error *e);
void auth_last_line(struct pop3 *p, struct buf *out);
int auth_reply(struct pop3 *p, struct listing *l, struct error *e);
void auth_end(struct pop3 *p);

/* Whether the connection can be bound to, for a mechanism that wants that. */
bool auth_can_bind(const struct pop3 *p);

/* The reply to CAPA; a server without it is no error. */
int client_capa_reply(struct pop3 *p, struct listing *l, struct error *e);

#endif
