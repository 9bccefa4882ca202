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

#define COMMAND_MAX 512 /* user names and passwords included (RFC 2449 section 4 says 255) */
#define FLIGHT_MAX 8    /* steps of a flight */
#define WINDOW 1000     /* commands not yet answered */

struct pop3 {
	struct stream *s;
	const struct pop3_params *params;
	struct pop3_caps caps;
	struct slice timestamp; /* APOP's, of the greeting; owned */
	int64_t progressed;     /* bytes of the multi-line reply since its deadline was set */
	struct unstuff body;
	bool quit_sent;
	bool assumed; /* caps are from an earlier session */
	char greeting[DIGEST_HEX];
	struct buf greeting_text, capa_lines; /* as the server wrote them */
};

/* One command of a flight, and what to do with its reply. */
struct client_step {
	const char *plain; /* a command without arguments; or NULL, and then ... */
	/* ... writes the command with its CRLF to line; the length */
	size_t (*command)(struct pop3 *p, char line[static COMMAND_MAX]);
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

/* The reply to CAPA; a server without it is no error. */
int client_capa_reply(struct pop3 *p, struct listing *l, struct error *e);

#endif
