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
	const char *end;

	*over = true;
	if (bytes.len > 0 && m->after_newline && *bytes.p == '\n')
		return 1;
	if (bytes.len > 0 && (end = memmem(bytes.p, bytes.len, "\n\n", 2)) != NULL)
		return (size_t)(end + 2 - bytes.p);
	*over = false;
	if (bytes.len > 0)
		m->after_newline = bytes.p[bytes.len - 1] == '\n';
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
