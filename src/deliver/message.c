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

void
message_cursor_free(struct message_cursor *c)
{
	free(c->buf);
	*c = (struct message_cursor){ .at = 0 };
}
