/* Durations and sizes as people write them. */
#include "unit.h"

#include "util/units.h"

static void
test_durations(void **state)
{
	static const struct {
		const char *in;
		int64_t seconds; /* -1: refused */
	} t[] = {
		{ "0", 0 },
		{ "0s", 0 },
		{ "1s", 1 },
		{ "30s", 30 },
		{ "5m", 300 },
		{ "12h", 43200 },
		{ "14d", 1209600 },
		{ "90s", 90 },
		{ "24855d", 2147472000 },
		{ "2147483647s", INT32_MAX },
		{ "007d", 604800 },
		/* no duration */
		{ "", -1 },
		{ "s", -1 },
		{ "5", -1 },
		{ "1w", -1 },
		{ "1 s", -1 },
		{ " 1s", -1 },
		{ "1s ", -1 },
		{ "-1s", -1 },
		{ "+1s", -1 },
		{ "1S", -1 },
		{ "1ss", -1 },
		{ "1h30m", -1 },
		{ "1.5h", -1 },
		{ "0x1s", -1 },
		{ "24856d", -1 },
		{ "2147483648s", -1 },
		{ "99999999999999999999d", -1 },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		int64_t got = -2;
		int rc = duration_parse(t[i].in, &got);

		assert_row(rc == (t[i].seconds == -1 ? -1 : 0), "\"%s\"", t[i].in);
		assert_row(rc == -1 || got == t[i].seconds, "\"%s\"", t[i].in);
	}
}

static void
test_durations_parse_back(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} t[] = { { 0, "0s" }, { 1, "1s" }, { 60, "1m" }, { 61, "61s" }, { 3600, "1h" },
		{ 86400, "1d" }, { 90000, "25h" }, { 1209600, "14d" },
		{ INT32_MAX, "2147483647s" } };
	char out[UNITS_MAX];
	int64_t back;

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		assert_string_equal(duration_format(out, t[i].seconds), t[i].text);
	for (int round = 0; round < 2000; round++) {
		int64_t seconds = random_below(INT32_MAX) / (1 + random_below(1000));

		assert_int_equal(duration_parse(duration_format(out, seconds), &back), 0);
		assert_int_equal(back, seconds);
	}
}

static void
test_sizes(void **state)
{
	static const struct {
		const char *in;
		bool ok;
		uint64_t bytes;
	} t[] = {
		{ "0", true, 0 },
		{ "1", true, 1 },
		{ "500", true, 500 },
		{ "1K", true, 1024 },
		{ "1k", true, 1024 },
		{ "10K", true, 10240 },
		{ "5M", true, 5242880 },
		{ "1G", true, 1073741824 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "8589934591G", true, 9223372035781033984 },
		{ "0G", true, 0 },
		{ "1m", true, 1048576 },
		{ "1g", true, 1073741824 },
		/* no size */
		{ "", false, 0 },
		{ "K", false, 0 },
		{ "-1", false, 0 },
		{ "+1", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "1 K", false, 0 },
		{ "1X", false, 0 },
		{ "1Kx", false, 0 },
		{ "1KK", false, 0 },
		{ "1.5M", false, 0 },
		{ "9223372036854775808", false, 0 },
		{ "18446744073709551616", false, 0 },
		{ "8589934592G", false, 0 },
		{ "99999999999G", false, 0 },
		{ "1M1", false, 0 },
		{ "1\303\251", false, 0 },
		{ "M1", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		uint64_t got = 12345;
		int rc = size_parse(t[i].in, &got);

		assert_row(rc == (t[i].ok ? 0 : -1), "\"%s\"", t[i].in);
		assert_row(rc == -1 || got == t[i].bytes, "\"%s\"", t[i].in);
	}
}

static void
test_sizes_are_decimal(void **state)
{
	uint64_t got = 0;

	(void)state;
	assert_int_equal(size_parse("0x10", &got), -1);
	assert_int_equal(size_parse("010", &got), 0);
	assert_true(got == 10);
	assert_int_equal(size_parse("010K", &got), 0);
	assert_true(got == 10240);
}

static void
test_sizes_parse_back(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} t[] = { { 0, "0" }, { 1, "1" }, { 1000, "1000" }, { 1023, "1023" }, { 1024, "1K" },
		{ 1536, "1536" }, { 20971520, "20M" }, { 1073741824, "1G" },
		{ 1099511627776, "1024G" } };
	char out[UNITS_MAX];
	uint64_t back;

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		assert_string_equal(size_format(out, t[i].bytes), t[i].text);
	assert_int_equal(size_parse(size_format(out, INT64_MAX), &back), 0);
	assert_true(back == INT64_MAX);
	for (int round = 0; round < 2000; round++) {
		uint64_t bytes = (uint64_t)random_below(UINT32_MAX) << random_below(32);

		assert_int_equal(size_parse(size_format(out, bytes), &back), 0);
		assert_true(back == bytes);
	}
}

static void
test_sizes_for_people_are_short(void **state)
{
	char *out = malloc(UNITS_MAX);

	(void)state;
	assert_non_null(out);
	assert_string_equal(size_human(out, 0), "0B");
	assert_string_equal(size_human(out, 999), "999B");
	assert_string_equal(size_human(out, 2048), "2.0K");
	assert_string_equal(size_human(out, 1258291), "1.2M");
	assert_string_equal(size_human(out, 20971520), "20M");
	for (unsigned shift = 0; shift < 64; shift++)
		assert_true(strlen(size_human(out, UINT64_MAX >> shift)) <= 6);
	free(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_durations_parse_back),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_sizes_are_decimal),
		cmocka_unit_test(test_sizes_parse_back),
		cmocka_unit_test(test_sizes_for_people_are_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
