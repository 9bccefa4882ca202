/* Where a message goes onward, for whom, from whom, and what is written on top of it. */
#include "unit.h"

#include "deliver/envelope.h"
#include "deliver/route.h"
#include "mail/received.h"
#include "util/mem.h"

static struct route *
parse(const char *text, size_t *bad, struct error *e)
{
	struct slice rest = slice_str(text);
	const char *words[20];
	struct route *r;
	size_t n = 0;

	while (rest.len > 0) {
		struct slice w = slice_word(&rest);

		words[n++] = xstrndup(w.p, w.len);
	}
	r = route_parse(words, n, bad, e);
	while (n > 0)
		free((char *)(uintptr_t)words[--n]);
	return r;
}

static void
test_routes_come_out_as_they_went_in(void **state)
{
	static const struct {
		const char *words, *name;
	} t[] = {
		{ "office to a@b", "office:a@b" },
		{ "office to a@b c", "office:a@b,c" },
		{ "office to header X-To in b", "office:header,X-To,in,b" },
		{ "office to header X-To strip p- in b c", "office:header,X-To,strip,p-,in,b,c" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct error e = NO_ERROR;
		struct buf words = BUF_INIT(KiB);
		size_t bad;
		struct route *r = parse(t[i].words, &bad, &e), *again;
		char *name;

		assert_non_null(r);
		name = route_format(r);
		assert_string_equal(name, t[i].name);
		again = route_unformat(name, &e);
		assert_non_null(again);
		for (size_t w = 0; route_word(again, w) != NULL; w++)
			(void)buf_addf(&words, "%s%s", w > 0 ? " " : "", route_word(again, w));
		assert_true(slice_equal(buf_slice(&words), t[i].words));
		buf_free(&words);
		route_free(again);
		route_free(r);
		free(name);
	}
}

static void
test_wrong_routes_are_refused(void **state)
{
	static const struct {
		const char *words;
		size_t bad;
	} t[] = {
		{ "", 0 },
		{ "office", 1 },
		{ "office for a", 1 },
		{ "office to", 2 },
		{ "office to @b", 2 },
		{ "office to a b@", 3 },
		{ "office to a,b", 2 },
		{ "office to <a@b>", 2 },
		{ "office to a@b A@B", 3 },
		{ "office to header", 3 },
		{ "office to header X:", 3 },
		{ "office to header X", 4 },
		{ "office to header X in", 4 },
		{ "office to header X strip", 4 },
		{ "office to header X strip p", 6 },
		{ "office to header X for b", 4 },
		{ "office to header X in a@b", 5 },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct error e = NO_ERROR;
		size_t bad = 99;

		assert_null(parse(t[i].words, &bad, &e));
		assert_int_equal(e.cls, ERR_CONFIG);
		if (bad != t[i].bad)
			print_message("not so: %s: %zu\n", t[i].words, bad);
		assert_int_equal(bad, t[i].bad);
	}
}

static void
test_recipients_by_a_header(void **state)
{
	static const struct {
		const char *head, *to;
	} t[] = {
		{ "X-To: a@b\n\n", "a@b" },
		{ "x-to: <a@b>\nX-To: c@b\n\n", "a@b" },
		{ "X-To: a@b, c@B, <d@e>,\n f@sub.b\n\n", "a@b c@B" },
		{ "X-To: p-a@b, P-c@b, a@b\n\n", "a@b c@b" },
		{ "X-To: A One <a@b>, Two (x, y) <c@b>\n\n", "a@b c@b" },
		{ "X-To: \"a,x\"@b\n\n", "\"a,x\"@b" },
		{ "X-To: a\n\n", "" },
		{ "X-To: <>\n\n", "" },
		{ "X-To: a b@b\n\n", "ab@b" },
		{ "X-To:\n\n", "" },
		{ "To: a@b\n\n", "" },
		{ "To: x\n\nX-To: a@b\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct words_list none = { .n = 0 }, to = { .n = 0 };
		struct buf all = BUF_INIT(KiB);
		struct error e = NO_ERROR;
		size_t bad;
		struct route *r = parse("office to header X-To strip p- in b", &bad, &e);

		assert_int_equal(route_recipients(r, &none, slice_str(t[i].head), &to), 0);
		for (size_t w = 0; w < to.n; w++)
			(void)buf_addf(&all, "%s%s", w > 0 ? " " : "", to.word[w]);
		if (!slice_equal(buf_slice(&all), t[i].to))
			print_message("not so: %s: %.*s\n", t[i].head, (int)all.len,
			    all.len > 0 ? all.p : "");
		assert_true(slice_equal(buf_slice(&all), t[i].to));
		buf_free(&all);
		words_list_free(&to);
		route_free(r);
	}
}

static void
test_senders(void **state)
{
	static const struct {
		const char *head, *fixed, *sender;
	} t[] = {
		{ "Return-Path: <a@b>\nSender: c@d\nFrom: e@f\n", NULL, "a@b" },
		{ "Sender: c@d\nFrom: e@f\n", NULL, "c@d" },
		{ "From: E <e@f>, g@h\n", NULL, "e@f" },
		{ "Return-Path: <a@b>\n", "x@y", "x@y" },
		{ "Return-Path: <a@b>\n", "<>", "" },
		/* bounces */
		{ "Return-Path: <>\nFrom: e@f\n", NULL, "" },
		{ "Return-Path: <>\nFrom: e@f\n", "x@y", "" },
		{ "From: Mailer-Daemon@b\n", "x@y", "" },
		{ "From: e@f\nContent-Type: multipart/report; x=y\n", NULL, "" },
		{ "Return-Path: <a@b>\nContent-Type: multipart/report\n", NULL, "a@b" },
		/* what cannot be one */
		{ "From: root\n", NULL, "" },
		{ "From: <a\x01@b>\nSubject: x\n", NULL, "" },
		{ "From: a@b\xff\n", NULL, "" },
		{ "", NULL, "" },
	};
	char sender[ADDR_MAX];

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *copy = exact_copy(t[i].head);

		assert_string_equal(
		    envelope_sender((struct slice){ copy, strlen(t[i].head) }, t[i].fixed, sender),
		    t[i].sender);
		free(copy);
	}
}

static void
test_the_trace(void **state)
{
	struct received r = { .from = "pop.example.org",
		.by = "here",
		.protocol = "POP3",
		.to = "a@b",
		.epoch = 1795285440 };
	struct buf out = BUF_INIT(KiB);

	(void)state;
	received_format(&r, &out);
	assert_true(slice_equal(buf_slice(&out),
	    "Received: from pop.example.org\n\tby here (haulmail " PACKAGE_VERSION
	    ")\n\twith POP3\n\tfor <a@b>; Sat, 21 Nov 2026 18:24:00 +0000\n"));
	assert_int_equal(received_count(buf_slice(&out)), 1);
	out.len = 0;
	r.from = "a\nSubject: x (";
	r.to = NULL;
	received_format(&r, &out);
	assert_int_equal(received_count(buf_slice(&out)), 1);
	assert_null(memmem(out.p, out.len, "\nSubject", 8));
	assert_null(memmem(out.p, out.len, "for <", 5));
	buf_free(&out);
}

static void
test_a_header_names_no_more_than_a_thousand(void **state)
{
	struct words_list none = { .n = 0 };
	struct error e = NO_ERROR;
	size_t bad;
	struct route *r = parse("office to header X-To in b", &bad, &e);

	(void)state;
	for (int n = ROUTE_RECIPIENTS_MAX; n <= ROUTE_RECIPIENTS_MAX + 1; n++) {
		struct words_list to = { .n = 0 };
		struct buf head = BUF_INIT(MiB);

		(void)buf_addstr(&head, "X-To: me@elsewhere");
		for (int i = 0; i < n; i++)
			(void)buf_addf(&head, ", u%d@b", i);
		(void)buf_addstr(&head, ", u1@b\n\n"); /* counts once */
		assert_int_equal(route_recipients(r, &none, buf_slice(&head), &to),
		    n > ROUTE_RECIPIENTS_MAX ? -1 : 0);
		assert_true(to.n == ROUTE_RECIPIENTS_MAX);
		words_list_free(&to);
		buf_free(&head);
	}
	route_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes_come_out_as_they_went_in),
		cmocka_unit_test(test_wrong_routes_are_refused),
		cmocka_unit_test(test_recipients_by_a_header),
		cmocka_unit_test(test_a_header_names_no_more_than_a_thousand),
		cmocka_unit_test(test_senders),
		cmocka_unit_test(test_the_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
