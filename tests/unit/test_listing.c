/* UIDL and LIST put together, whatever a server says in them. */
#include "unit.h"

#include "pop3/listing.h"

/* Fills a listing from lines; uidl NULL: a server without. Free it with listing_free(). */
static void
fill(struct listing *l, const char *uidl, const char *list)
{
	struct slice rest;

	listing_init(l);
	if (uidl != NULL) {
		l->has_uids = true;
		for (rest = slice_str(uidl); rest.len > 0;) {
			struct slice line = slice_line(&rest);
			char *copy = exact_bytes(line.p, line.len);

			listing_uidl_line(l, (struct slice){ copy, line.len });
			free(copy);
		}
		listing_uidl_end(l);
	}
	for (rest = slice_str(list); rest.len > 0;) {
		struct slice line = slice_line(&rest);
		char *copy = exact_bytes(line.p, line.len);

		listing_list_line(l, (struct slice){ copy, line.len });
		free(copy);
	}
	listing_end(l);
}

/* "number:key:size " for each entry. */
static char *
tell(const struct listing *l)
{
	struct buf out = BUF_INIT(64 * KiB);

	for (size_t i = 0; i < l->n; i++) {
		struct slice key = listing_key(l, &l->entries[i]);

		(void)buf_addf(&out, "%u:", l->entries[i].number);
		(void)buf_append(&out, key.p, key.len);
		(void)buf_addf(&out, ":%llu ", (unsigned long long)l->entries[i].size);
	}
	(void)buf_addch(&out, '\0');
	return out.p;
}

static void
test_lines_become_entries(void **state)
{
	static const struct {
		const char *uidl, *list, *entries;
		size_t nonsense;
	} t[] = {
		{ "", "", "", 0 },
		{ NULL, "", "", 0 },
		{ "1 a\n2 b\n", "1 10\n2 20\n", "1:a:10 2:b:20 ", 0 },
		{ NULL, "1 10\n2 20\n", "1::10 2::20 ", 0 },
		{ NULL, "2 20\n1 10\n", "1::10 2::20 ", 0 },
		{ "2 b\n1 a\n", "2 20\n1 10\n", "1:a:10 2:b:20 ", 0 },
		{ "3 c\n1 a\n2 b\n", "1 10\n3 30\n2 20\n", "1:a:10 2:b:20 3:c:30 ", 0 },
		{ "1 a\n5 b\n9 c\n", "1 10\n5 50\n9 90\n", "1:a:10 5:b:50 9:c:90 ", 0 },
		{ "1  a\n 2 b\n", "1  10\n 2 20\n", "1:a:10 2:b:20 ", 0 },
		{ "1 a\n", "1 10 octets\n", "1:a:10 ", 0 },
		/* sizes are hints */
		{ "1 a\n2 b\n", "2 20\n", "1:a:0 2:b:20 ", 0 },
		{ "1 a\n", "1 x\n", "1:a:0 ", 1 },
		{ "1 a\n", "1 -1\n", "1:a:0 ", 1 },
		{ "1 a\n", "1\n", "1:a:0 ", 1 },
		{ "1 a\n", "1 99999999999999999999\n", "1:a:0 ", 1 },
		{ "1 a\n", "1 9223372036854775807\n", "1:a:9223372036854775807 ", 0 },
		{ "1 a\n", "2 20\n1 10\n", "1:a:10 ", 1 },
		{ "1 a\n", "1 10\n1 11\n", "1:a:11 ", 0 },
		/* numbers */
		{ "0 a\n1 b\n", "", "1:b:0 ", 1 },
		{ "-1 a\n1 b\n", "", "1:b:0 ", 1 },
		{ "+1 a\n2 b\n", "", "2:b:0 ", 1 },
		{ "4294967295 a\n", "4294967295 5\n", "4294967295:a:5 ", 0 },
		{ "4294967296 a\n1 b\n", "", "1:b:0 ", 1 },
		{ "99999999999999999999999 a\n", "", "", 1 },
		{ "1 a\n1 b\n2 c\n", "", "1:a:0 2:c:0 ", 1 },
		{ "2 c\n1 a\n1 b\n", "", "1:a:0 2:c:0 ", 1 },
		{ NULL, "1 10\n0 5\nx\n", "1::10 ", 2 },
		/* nonsense */
		{ "hello\n1 a\n", "", "1:a:0 ", 1 },
		{ "\n1 a\n", "", "1:a:0 ", 1 },
		{ "1\n2 b\n", "", "2:b:0 ", 1 },
		{ "1 \n2 b\n", "", "2:b:0 ", 1 },
		{ "1x a\n2 b\n", "", "2:b:0 ", 1 },
		/* UIDs outside the RFC stay one word */
		{ "1 a b\n", "", "1:a\\040b:0 ", 0 },
		{ "1 a\001\377\n", "", "1:a\\001\\377:0 ", 0 },
		{ "1 a\\b\n", "", "1:a\\134b:0 ", 0 },
		{ "1 !\"#$%&'()*~\n", "", "1:!\"#$%&'()*~:0 ", 0 },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct listing l;
		char *got;

		fill(&l, t[i].uidl, t[i].list);
		got = tell(&l);
		check_bytes(got, strlen(got), t[i].entries, strlen(t[i].entries), t[i].uidl,
		    __FILE__, __LINE__);
		assert_row(l.nonsense == t[i].nonsense, "%s / %s", t[i].uidl, t[i].list);
		free(got);
		listing_free(&l);
	}
}

/* Each key finds its own entry, so no two are the same. */
static void
check_keys(const struct listing *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct slice key = listing_key(l, &l->entries[i]);
		char *copy = exact_bytes(key.p, key.len);

		assert_ptr_equal(listing_find(l, (struct slice){ copy, key.len }), &l->entries[i]);
		free(copy);
	}
}

static void
test_entries_are_found_by_key(void **state)
{
	struct listing l;

	(void)state;
	fill(&l, "1 a\n2 b c\n3 d\n", "1 1\n2 2\n3 3\n");
	check_keys(&l);
	assert_null(listing_find(&l, slice_str("e")));
	assert_null(listing_find(&l, slice_str("")));
	assert_null(listing_find(&l, slice_str("b c")));
	assert_non_null(listing_find(&l, slice_str("b\\040c")));
	listing_free(&l);
	fill(&l, "1 9\n2 10\n3 11\n4 x0\n", "");
	check_keys(&l);
	assert_null(listing_find(&l, slice_str("x")));
	listing_free(&l);
	fill(&l, NULL, "1 1\n");
	assert_null(listing_find(&l, slice_str("a")));
	assert_false(listing_is_duplicate(&l.entries[0]));
	listing_free(&l);
}

static void
test_duplicate_UIDs_get_keys_of_their_own(void **state)
{
	struct listing l;
	char *got;

	(void)state;
	fill(&l, "1 a\n2 x\n3 x\n4 b\n5 x\n", "1 1\n2 20\n3 30\n4 4\n5 20\n");
	got = tell(&l);
	assert_string_equal(got, "1:a:1 2:x\\+20\\+1:20 3:x\\+30\\+1:30 4:b:4 "
				 "5:x\\+20\\+2:20 ");
	free(got);
	check_keys(&l);
	assert_null(listing_find(&l, slice_str("x")));
	for (size_t i = 0; i < l.n; i++)
		assert_int_equal(listing_is_duplicate(&l.entries[i]), i == 1 || i == 2 || i == 4);
	for (size_t i = 0; i < l.n; i++)
		assert_int_equal(l.entries[i].first, i == 2 || i == 4 ? 1 : i);
	listing_free(&l);
}

static void
test_keys_of_duplicates_do_not_depend_on_the_others(void **state)
{
	struct listing l;

	(void)state;
	fill(&l, "1 x\n2 x\n3 x\n", "1 10\n2 20\n3 30\n");
	assert_slice_equal(listing_key(&l, &l.entries[2]), "x\\+30\\+1");
	listing_free(&l);
	/* the first one is gone */
	fill(&l, "1 x\n2 x\n", "1 20\n2 30\n");
	assert_slice_equal(listing_key(&l, &l.entries[1]), "x\\+30\\+1");
	listing_free(&l);
}

static void
test_no_UID_can_pose_as_the_key_of_a_duplicate(void **state)
{
	static const char *const t[] = { "1 x\n2 x\n3 x\00110\0011\n", "1 x\00110\0011\n2 x\n3 x\n",
		"1 x\n2 x\00110\0012\n3 x\n", "1 x\00110\0011\n2 x\00110\0011\n3 x\n4 x\n" };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct listing l;

		fill(&l, t[i], "1 10\n2 10\n3 10\n4 10\n");
		check_keys(&l);
		listing_free(&l);
	}
}

static void
test_STAT_is_only_two_numbers(void **state)
{
	static const struct {
		const char *in;
		uint64_t n, octets;
	} t[] = { { "3 1200", 3, 1200 }, { "0 0", 0, 0 }, { "3", 3, 7 }, { "x 1", 7, 1 },
		{ "-1 0", 7, 0 }, { "", 7, 7 }, { "4294967296 1", 7, 1 },
		{ "1 9223372036854775808", 1, 7 }, { "1 5 more", 1, 5 } };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct listing l;

		listing_init(&l);
		l.stat = l.octets = 7;
		listing_stat(&l, slice_str(t[i].in));
		assert_int_equal(l.stat, t[i].n);
		assert_int_equal(l.octets, t[i].octets);
		listing_free(&l);
	}
}

static void
test_a_hundred_thousand_messages_cost_no_time(void **state)
{
	static const uint32_t many = 100000;
	struct listing l;
	char line[64];

	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		listing_init(&l);
		l.has_uids = true;
		for (uint32_t i = 1; i <= many; i++) {
			uint32_t n = backwards ? many + 1 - i : i;

			(void)snprintf(line, sizeof(line), "%u uid%u", n, n / 2);
			listing_uidl_line(&l, slice_str(line));
		}
		listing_uidl_end(&l);
		for (uint32_t i = 1; i <= many; i++) {
			uint32_t n = backwards ? many + 1 - i : i;

			(void)snprintf(line, sizeof(line), "%u %u", n, n % 3);
			listing_list_line(&l, slice_str(line));
		}
		listing_end(&l);
		assert_int_equal(l.n, many);
		assert_int_equal(l.nonsense, 0);
		for (uint32_t i = 0; i < many; i++) {
			assert_true(l.entries[i].number == i + 1);
			assert_true(l.entries[i].size == (i + 1) % 3);
			assert_true(
			    listing_find(&l, listing_key(&l, &l.entries[i])) == &l.entries[i]);
		}
		listing_free(&l);
	}
}

static void
test_one_UID_for_all_messages_costs_no_time(void **state)
{
	struct listing l;
	char line[64];

	(void)state;
	listing_init(&l);
	for (uint32_t i = 1; i <= 20000; i++) {
		(void)snprintf(line, sizeof(line), "%u same", i);
		listing_uidl_line(&l, slice_str(line));
	}
	listing_uidl_end(&l);
	listing_end(&l);
	assert_int_equal(l.n, 20000);
	assert_slice_equal(listing_key(&l, &l.entries[19999]), "same\\+0\\+20000");
	listing_free(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_become_entries),
		cmocka_unit_test(test_entries_are_found_by_key),
		cmocka_unit_test(test_duplicate_UIDs_get_keys_of_their_own),
		cmocka_unit_test(test_keys_of_duplicates_do_not_depend_on_the_others),
		cmocka_unit_test(test_no_UID_can_pose_as_the_key_of_a_duplicate),
		cmocka_unit_test(test_STAT_is_only_two_numbers),
		cmocka_unit_test(test_a_hundred_thousand_messages_cost_no_time),
		cmocka_unit_test(test_one_UID_for_all_messages_costs_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
