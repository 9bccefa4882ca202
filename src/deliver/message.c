#include "deliver/message.h"

#include <stdlib.h>

#include "util/io.h"
#include "util/mem.h"
#include "util/util.h"

int
message_next(const struct message *m, struct message_cursor *c, struct slice *bytes, bool *final,
    struct error *e)
{
	uint64_t left = m->length - c->at;
	ssize_t got;

	if (m->fd == -1) {
		*bytes = (struct slice){ m->head.p + c->at, (size_t)left };
		*final = true;
		return 0;
	}
	if (c->buf == NULL)
		c->buf = xmalloc(MESSAGE_CHUNK);
	got = pread_all(m->fd, c->buf, (size_t)MIN(left, MESSAGE_CHUNK), (off_t)c->at);
	if (got == -1)
		return error_sys(e, ERR_TEMP, "reading a message from its temporary file");
	if ((uint64_t)got != MIN(left, MESSAGE_CHUNK))
		return error_set(e, ERR_TEMP, "a message's temporary file has become shorter");
	*bytes = (struct slice){ c->buf, (size_t)got };
	*final = (uint64_t)got == left;
	return 0;
}

int
message_digest(const struct message *m, char out[static DIGEST_HEX], struct error *e)
{
	struct message_cursor c = { .at = 0 };
	struct digest *d = digest_new();
	struct slice bytes = { NULL, 0 };
	bool final = m->length == 0;
	int rc = 0;

	while (!final && (rc = message_next(m, &c, &bytes, &final, e)) == 0) {
		digest_add(d, bytes);
		c.at += bytes.len;
	}
	(void)digest_end(d, out);
	digest_free(d);
	message_cursor_free(&c);
	return rc;
}

void
message_cursor_free(struct message_cursor *c)
{
	free(c->buf);
	*c = (struct message_cursor){ .at = 0 };
}

void
message_list_add(struct message_list *l, const struct message *m)
{
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 64 : l->cap * 2;
		l->items = xreallocarray(l->items, l->cap, sizeof(l->items[0]));
	}
	l->items[l->n++] = m;
}

void
message_list_free(struct message_list *l)
{
	free(l->items);
	*l = (struct message_list){ .n = 0 };
}
