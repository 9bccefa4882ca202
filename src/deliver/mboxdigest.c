#include "deliver/mboxdigest.h"

#include <string.h>

void
mboxdigest_init(struct mboxdigest *m)
{
	*m = (struct mboxdigest){ .digest = digest_new() };
}

void
mboxdigest_free(struct mboxdigest *m)
{
	digest_free(m->digest);
	m->digest = NULL;
}

bool
mboxdigest_has_head(const struct mboxdigest *m)
{
	return *m->head != '\0';
}

/* How many of the bytes belong to the head; *over when it ends there. */
static size_t
head_length(struct mboxdigest *m, struct slice bytes, bool *over)
{
	struct slice rest = bytes;

	*over = true;
	while (rest.len > 0) {
		if (m->after_newline && *rest.p == '\n')
			return (size_t)(rest.p + 1 - bytes.p);
		(void)slice_line(&rest);
		m->after_newline = rest.p[-1] == '\n';
	}
	*over = false;
	return bytes.len;
}

static void
end_head(struct mboxdigest *m)
{
	(void)digest_end(m->digest, m->head);
	digest_add(m->digest, slice_str(m->head));
}

void
mboxdigest_add(struct mboxdigest *m, struct slice bytes)
{
	bool over;

	if (!mboxdigest_has_head(m)) {
		size_t n = head_length(m, bytes, &over);

		digest_add(m->digest, (struct slice){ bytes.p, n });
		bytes.p += n;
		bytes.len -= n;
		if (over)
			end_head(m);
	}
	digest_add(m->digest, bytes);
}

const char *
mboxdigest_end(struct mboxdigest *m, char out[static DIGEST_HEX])
{
	if (!mboxdigest_has_head(m))
		end_head(m);
	(void)digest_end(m->digest, out);
	memcpy(out, m->head, MBOXDIGEST_HEAD);
	*m->head = '\0';
	m->after_newline = false;
	return out;
}
