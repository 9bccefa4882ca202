/*
 * batch.h - messages that have arrived whole and are not yet committed.
 *
 * Memory:    an arena of fixed size; a message that outgrows BATCH_MEMORY_MAX goes on in an
 *            unlinked temporary file, so memory stays bounded whatever arrives.
 * Ownership: the batch owns its messages; pointers to them are valid until batch_clear().
 */
#ifndef ENGINE_BATCH_H
#define ENGINE_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "deliver/message.h"
#include "util/error.h"
#include "util/util.h"

#define BATCH_MESSAGES 1000
#define BATCH_AGE_MS 2000
#define BATCH_BYTES (8 * MiB)     /* in memory and files */
#define BATCH_ARENA (4 * MiB)     /* in memory: what a peak of 12 MiB leaves room for */
#define BATCH_MEMORY_MAX MiB      /* of one message */
#define BATCH_HEAD_MAX (64 * KiB) /* of a large message stays in memory: its header */

struct batch_item {
	struct message message;
	size_t entry;  /* its place in the listing */
	char *refusal; /* why a target does not want it, in the words of the first; NULL: none */
};

struct batch {
	const char *dir; /* for temporary files; borrowed */
	char *arena;
	size_t used; /* by whole messages */
	struct batch_item *items;
	size_t n;
	uint64_t bytes;
	int64_t born_ms; /* when the first message was complete */

	/* the message that is arriving */
	size_t filled;    /* bytes of it in the arena, behind used */
	uint64_t spilled; /* bytes of it in the file */
	int fd;
};

void batch_init(struct batch *b, const char *dir);
void batch_free(struct batch *b);

/* Where the next bytes of the arriving message go: at least MESSAGE_CHUNK of room. */
int batch_room(struct batch *b, char **room, size_t *len, struct error *e);
void batch_grow(struct batch *b, size_t len);   /* so many bytes have been put there */
uint64_t batch_arriving(const struct batch *b); /* the bytes of it so far */

/*
 * The head of the arriving message as its targets will see it, once it has grown into a file;
 * false until then.
 */
bool batch_has_head(const struct batch *b, struct slice *head);

/* The arriving message is whole: a view of it, without a key, valid until the next call. */
int batch_whole(struct batch *b, struct message *m, struct error *e);
void batch_add(struct batch *b, const struct message *m, const char *key, size_t entry);
void batch_drop(struct batch *b); /* the arriving message is not wanted, or will never be whole */

bool batch_is_full(const struct batch *b);
void batch_clear(struct batch *b);

#endif
