/*
 * message.h - one retrieved message in Unix form, as targets read it.
 *
 * A small one lies in memory, a large one in an unlinked file; message_next() reads both alike.
 * Ownership: the engine's batch; targets borrow.
 */
#ifndef DELIVER_MESSAGE_H
#define DELIVER_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/digest.h"
#include "util/error.h"
#include "util/slice.h"

struct message {
	char *key;         /* how the journal calls it (state.h); owned */
	uint64_t length;   /* bytes */
	struct slice head; /* its beginning, in memory: at least the header of any sane message */
	int fd;            /* holds it, or -1 when head is the whole message */
	bool plain;        /* no line of it begins with "From ", or ">"s and "From " */
};

#define MESSAGE_CHUNK 65536

/* A walk through a message; zero-initialised, or set back by message_cursor_free(). */
struct message_cursor {
	uint64_t at;  /* what has been taken */
	uint64_t end; /* what has been read into buf, from at on */
	char *buf;    /* owned; only large messages need it */
};

/*
 * The next bytes from the cursor on: all of a small message, at most MESSAGE_CHUNK of a large one;
 * *final when nothing follows them. They are valid until the next call with the cursor. The
 * caller says how many it took by raising cursor->at; the rest comes again.
 */
int message_next(const struct message *m, struct message_cursor *c, struct slice *bytes,
    bool *final, struct error *e);
/* The digest of the whole message. */
int message_digest(const struct message *m, char out[static DIGEST_HEX], struct error *e);

void message_cursor_free(struct message_cursor *c);

/* Messages that are somebody else's, in order; zero-initialised. */
struct message_list {
	const struct message **items;
	size_t n, cap;
};

void message_list_add(struct message_list *l, const struct message *m);
void message_list_free(struct message_list *l);

#endif
