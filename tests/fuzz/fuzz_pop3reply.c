/* Lines of a POP3 server: replies, greetings, challenges, capabilities, and a listing made of them.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "pop3/apop.h"
#include "pop3/caps.h"
#include "pop3/listing.h"
#include "pop3/reply.h"
#include "util/text.h"

/* The next line in an allocation of its own. */
static char *
take_line(struct slice *in, struct slice *line)
{
	struct slice s = slice_line(in);
	char *copy = fuzz_copy(s);

	*line = (struct slice){ copy, s.len };
	return copy;
}

static void
try_reply(struct slice line)
{
	struct pop3_status st;
	struct slice part;
	char hex[APOP_HEX];

	if (pop3_parse_status(line, &st) == 0) {
		CHECK(fuzz_is_within(st.code, line) && fuzz_is_within(st.text, line));
		CHECK(pop3_status_class(&st, ERR_PROTO) != ERR_OK);
	}
	if (pop3_parse_challenge(line, &part))
		CHECK(fuzz_is_within(part, line) && part.len < line.len);
	if (!apop_timestamp(line, &part))
		return;
	CHECK(fuzz_is_within(part, line) && fuzz_is_printable(part));
	CHECK(part.len >= 5 && part.p[0] == '<' && part.p[part.len - 1] == '>');
	if (apop_digest(part, "secret", hex))
		CHECK(strlen(hex) == APOP_HEX - 1);
}

/* What is noted of them says the same when it is read back. */
static void
check_caps(const struct pop3_caps *caps)
{
	struct buf words = BUF_INIT(KiB), again = BUF_INIT(KiB);
	struct pop3_caps back;

	pop3_caps_format(caps, &words);
	CHECK(words.len < KiB / 2 && fuzz_is_printable(buf_slice(&words)));
	back = pop3_caps_parse(buf_slice(&words));
	pop3_caps_keep_logins(&back, caps);
	pop3_caps_format(&back, &again);
	CHECK(slice_same(buf_slice(&words), buf_slice(&again)));
	buf_free(&words);
	buf_free(&again);
}

static void
check_entry(const struct listing *l, const struct listing_entry *en)
{
	struct slice key = listing_key(l, en);

	CHECK(en->first < l->n && fuzz_is_within(key, buf_slice(&l->text)));
	for (size_t i = 0; i < key.len; i++)
		CHECK(key.p[i] != ' ' && key.p[i] != '\n');
	CHECK(!text_has_control(key));
	if (key.len > 0)
		CHECK(listing_find(l, key) == en); /* so that no two have the same */
}

static void
check_listing(const struct listing *l, size_t lines)
{
	CHECK(l->n <= lines && l->nonsense <= 2 * lines);
	for (size_t i = 0; i < l->n; i++) {
		CHECK(l->entries[i].number > 0);
		CHECK(i == 0 || l->entries[i - 1].number < l->entries[i].number);
		if (l->has_uids)
			check_entry(l, &l->entries[i]);
	}
}

/* Up to a line "." all are UIDs (none: the server has none), then sizes. */
static void
list(struct slice in)
{
	bool first = true, uids = in.len > 0 && *in.p != '.';
	struct listing l;
	struct slice line;
	size_t lines = 0;

	listing_init(&l);
	for (; in.len > 0; lines++) {
		char *copy = take_line(&in, &line);

		if (first && slice_equal(line, ".")) {
			first = false;
			listing_uidl_end(&l);
		} else if (first && uids) {
			listing_uidl_line(&l, line);
		} else {
			listing_list_line(&l, line);
		}
		listing_stat(&l, line);
		free(copy);
	}
	if (first)
		listing_uidl_end(&l);
	listing_end(&l);
	check_listing(&l, lines);
	listing_free(&l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size), rest = in, line;
	struct pop3_caps caps = { .known = true };

	while (rest.len > 0) {
		char *copy = take_line(&rest, &line);

		try_reply(line);
		pop3_caps_line(&caps, line);
		free(copy);
	}
	check_caps(&caps);
	list(in);
	return 0;
}
