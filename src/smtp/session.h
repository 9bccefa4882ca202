/*
 * session.h - a session from inside. Only for smtp/; smtp.h is what others see.
 */
#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

#include "mail/stuff.h"
#include "smtp/smtp.h"

#define ANSWER_TEXT 400
#define SMTP_PIECE ((size_t)16384) /* of a message is converted at once ... */
#define SMTP_OUT_MAX (SMTP_PIECE + STUFF_ROOM(SMTP_PIECE) + 8) /* ... behind less than that */
#define CODE_ENDING 421
#define CODE_REFUSED 400 /* and above: not now, or not at all */

/* A whole reply. */
struct answer {
	int code;
	char
	    text[ANSWER_TEXT]; /* "550 5.1.1 no such user", all lines in one, safe for a terminal */
};

struct smtp {
	struct stream *stream;
	const struct smtp_params *params;
	char greeting[ANSWER_TEXT];
	struct buf features;
	bool pipelining;
	bool dirty;   /* a transaction was begun and not ended: RSET goes first */
	bool used;    /* a message has gone over this connection */
	bool ending;  /* the server has said 421 */
	bool sending; /* a message is on its way: nothing else may be said */
	bool broken;  /* nothing more can be said, not even QUIT */
	struct stuff stuff;
	struct buf out; /* of a message, not handed to the stream yet: small pieces cost flights */
};

/* Whether the server's word means yes. */
#define ANSWER_IS_YES(a) ((a)->code / 100 == 2)

/*
 * Nothing may have come with the replies that nobody has asked for: each reply behind it would be
 * taken for the answer to something else. But a server may end the session at any time (421), and
 * refuse a message before its end: nothing else is said in that session then. ERR_PROTO.
 */
int session_check_silence(struct smtp *s, struct error *e);

/* Sends what ends in CRLF, behind such silence. */
int session_send(struct smtp *s, struct slice lines, struct error *e);

/*
 * Reads a reply within the deadline that is set. One of 421 ends the session: ERR_TEMP, with *a
 * filled all the same. lines, if not NULL, gets the text of each line without its codes, as far as
 * it has room.
 */
int session_read(struct smtp *s, struct answer *a, struct buf *lines, struct error *e);

/* Sends one command, without its CRLF, and reads the reply. */
int session_ask(struct smtp *s, const char *command, struct answer *a, struct error *e);

/* Fills *e from a reply: "peer: what: 550 words". Always -1. */
int session_refused(const struct smtp *s, const struct answer *a, enum errclass cls,
    const char *what, struct error *e);

#endif
