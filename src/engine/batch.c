#include "engine/batch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/io.h"
#include "util/mem.h"

void
batch_init(struct batch *b, const char *dir)
{
	*b = (struct batch){ .dir = dir, .fd = -1 };
	b->arena = xmalloc(BATCH_ARENA); /* pages that are never touched cost nothing */
	b->items = xcalloc(BATCH_MESSAGES, sizeof(*b->items));
}

void
batch_free(struct batch *b)
{
	if (b->arena == NULL)
		return;
	batch_drop(b);
	batch_clear(b);
	free(b->arena);
	free(b->items);
	b->arena = NULL;
}

/* A file without a name. */
static int
open_spill(const char *dir, struct error *e)
{
	char *name;
	int fd = -1;

#ifdef O_TMPFILE
	fd = open(dir, O_RDWR | O_TMPFILE | O_EXCL | O_CLOEXEC, 0600);
	if (fd != -1)
		return fd;
#endif
	name = xasprintf("%s/.message.XXXXXXXXXX", dir);
	if ((fd = mkostemp(name, O_CLOEXEC)) == -1)
		(void)error_sys(
		    e, error_write_class(errno), "cannot create a temporary file in %s", dir);
	else
		(void)unlink(name);
	free(name);
	return fd;
}

static int
spill(struct batch *b, size_t from, struct error *e)
{
	if (b->fd == -1 && (b->fd = open_spill(b->dir, e)) == -1)
		return -1;
	if (write_all(b->fd, b->arena + b->used + from, b->filled - from) == -1)
		return error_sys(
		    e, error_write_class(errno), "writing a temporary file in %s", b->dir);
	b->spilled += b->filled - from;
	return 0;
}

int
batch_room(struct batch *b, char **room, size_t *len, struct error *e)
{
	size_t most = MIN(BATCH_MEMORY_MAX, BATCH_ARENA - b->used);

	if (most - b->filled < MESSAGE_CHUNK) {
		/* from the second time on, the head is in the file already */
		if (spill(b, b->spilled > 0 ? BATCH_HEAD_MAX : 0, e) == -1)
			return -1;
		b->filled = BATCH_HEAD_MAX;
	}
	*room = b->arena + b->used + b->filled;
	*len = most - b->filled;
	return 0;
}

void
batch_grow(struct batch *b, size_t len)
{
	b->filled += len;
}

uint64_t
batch_arriving(const struct batch *b)
{
	return b->spilled > 0 ? b->spilled + b->filled - BATCH_HEAD_MAX : b->filled;
}

bool
batch_has_head(const struct batch *b, struct slice *head)
{
	*head = (struct slice){ b->arena + b->used, BATCH_HEAD_MAX };
	return b->spilled > 0;
}

int
batch_whole(struct batch *b, struct message *m, struct error *e)
{
	*m = (struct message){ .length = batch_arriving(b), .fd = -1 };
	if (b->spilled > 0) {
		if (spill(b, BATCH_HEAD_MAX, e) == -1)
			return -1;
		b->filled = BATCH_HEAD_MAX;
		m->fd = b->fd;
	}
	m->head = (struct slice){ b->arena + b->used, b->filled };
	return 0;
}

void
batch_add(struct batch *b, const struct message *m, const char *key, size_t entry)
{
	struct batch_item *item = &b->items[b->n];

	*item = (struct batch_item){ .message = *m, .entry = entry };
	item->message.key = xstrdup(key);
	if (b->n++ == 0)
		b->born_ms = clock_ms();
	b->used += b->filled;
	b->bytes += m->length;
	b->filled = 0;
	b->spilled = 0;
	b->fd = -1;
}

void
batch_drop(struct batch *b)
{
	if (b->fd != -1)
		(void)close(b->fd);
	b->fd = -1;
	b->filled = 0;
	b->spilled = 0;
}

bool
batch_is_full(const struct batch *b)
{
	return b->n == BATCH_MESSAGES || b->bytes >= BATCH_BYTES ||
	       BATCH_ARENA - b->used < BATCH_MEMORY_MAX ||
	       (b->n > 0 && clock_ms() - b->born_ms >= BATCH_AGE_MS);
}

void
batch_clear(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->items[i].message.key);
		free(b->items[i].refusal);
		if (b->items[i].message.fd != -1)
			(void)close(b->items[i].message.fd);
	}
	b->n = 0;
	b->used = 0;
	b->bytes = 0;
}
