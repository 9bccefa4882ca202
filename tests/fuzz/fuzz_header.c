/*
 * The head of a message: its fields, and all that is read out of them. Rules look at it, a From_
 * line, an envelope and a route are made of it.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "deliver/envelope.h"
#include "deliver/route.h"
#include "filter/filter.h"
#include "mail/fromline.h"
#include "mail/header.h"
#include "mail/received.h"
#include "util/text.h"

/* Fields and what is left are all of it, one behind the other. */
static void
check_fields(struct slice head)
{
	struct slice rest = head, found;
	const char *at = head.p;
	size_t received = 0;
	struct header h;

	while (header_next(&rest, &h)) {
		CHECK(h.raw.p == at && h.raw.len > 0 && h.raw.p + h.raw.len == rest.p);
		CHECK(fuzz_is_within(h.name, h.raw) && fuzz_is_within(h.value, h.raw));
		at = rest.p;
		received += slice_caseequal(h.name, "Received");
	}
	CHECK(fuzz_is_within(rest, head) && (rest.len == 0 || *rest.p == '\n' || *rest.p == '\r'));
	CHECK(received_count(head) == received);
	CHECK(header_find(head, "Received", &found) == (received > 0));
}

/* Out of a bounded buffer comes the beginning of what comes out of a large one. */
static void
check_unfolded(struct slice head)
{
	struct buf all = BUF_INIT(MiB), some = BUF_INIT(20);

	CHECK(header_unfold(&all, head) == 0 && all.len <= head.len);
	CHECK(header_unfold(&some, head) == (all.len <= 20 ? 0 : -1));
	CHECK(some.len == MIN(all.len, (size_t)20));
	CHECK(some.len == 0 || memcmp(some.p, all.p, some.len) == 0);
	buf_free(&all);
	buf_free(&some);
}

static void
check_sender(struct slice head)
{
	static const char *const fixed[] = { NULL, "<>", "me@example.net" };
	char sender[ADDR_MAX], line[FROMLINE_MAX], date[ASCTIME_MAX];
	struct slice text;

	CHECK(strlen(fromline_sender(sender, head)) < ADDR_MAX && *sender != '\0');
	CHECK(fuzz_is_printable(slice_str(sender)) && strchr(sender, ' ') == NULL);
	text = (struct slice){ line, fromline_format(line, head, asctime_utc(date, 1700000000)) };
	CHECK(text.len < FROMLINE_MAX && strlen(line) == text.len && fromline_matches(text));
	for (size_t i = 0; i < nitems(fixed); i++)
		CHECK(*envelope_sender(head, fixed[i], sender) == '\0' || addr_is_sendable(sender));
}

/* Nobody outside of the domains gets it. */
static void
check_recipients(const struct route *r, struct slice head)
{
	struct words_list none = { .n = 0 }, to = { .n = 0 };

	route_recipients(r, &none, head, &to);
	for (size_t i = 0; i < to.n; i++) {
		const char *at = strrchr(to.word[i], '@');

		CHECK(addr_is_sendable(to.word[i]) && at != NULL);
		CHECK(strcasecmp(at, "@example.net") == 0 || strcasecmp(at, "@example.org") == 0);
		CHECK(strchr(at + 1, '-') == NULL);
		for (size_t k = 0; k < i; k++)
			CHECK(strcmp(to.word[i], to.word[k]) != 0);
	}
	words_list_free(&to);
}

static void
check_received(struct slice head)
{
	char *word = fuzz_string(head);
	struct received r = { .from = word, .by = word, .protocol = "POP3", .to = word };
	struct buf out = BUF_INIT(MiB);
	struct slice rest;
	struct header h;

	received_format(&r, &out);
	rest = buf_slice(&out);
	CHECK(header_next(&rest, &h) && rest.len == 0 && slice_equal(h.name, "Received"));
	buf_free(&out);
	free(word);
}

static struct route *
make_route(void)
{
	static const char *const words[] = { "office", "to", "header", "X-Original-To", "strip",
		"box-", "in", "example.net", "Example.ORG" };
	struct error e = { .cls = ERR_OK };
	struct route *r;
	size_t bad;

	r = route_parse(words, nitems(words), &bad, &e);
	CHECK(r != NULL);
	return r;
}

static struct ruleset *
make_rules(void)
{
	static const char *const rules[][6] = {
		{ "skip", "size", ">", "1000", "header", "^Subject: *.*spam" },
		{ "delete", "not", "header", "^from:.*(alice|bob)@", "header", "^x-spam: ye?s" },
	};
	struct ruleset *rs = ruleset_new();
	struct error e = { .cls = ERR_OK };
	size_t bad;

	for (size_t i = 0; i < nitems(rules); i++)
		CHECK(ruleset_add(rs, rules[i], 6, &bad, &e) == 0);
	return rs;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct route *route;
	static struct ruleset *rules;
	struct slice head = fuzz_input(data, size);

	if (route == NULL) {
		route = make_route();
		rules = make_rules();
	}
	check_fields(head);
	check_unfolded(head);
	check_sender(head);
	check_recipients(route, head);
	check_received(head);
	CHECK(ruleset_decide(rules, size * 4, &head) != FILTER_NEEDS_HEADER);
	return 0;
}
