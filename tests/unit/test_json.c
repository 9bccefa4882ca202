/* Results for programs: objects on a line, and strings that are ASCII whatever went in. */
#include "unit.h"

#include "cli/json.h"

/* What f() prints. */
static char *
printed(void (*f)(struct json *j, const void *arg), const void *arg, size_t *len)
{
	static char out[4096];
	FILE *file = tmpfile(), *was = stdout;
	struct json j;

	assert_non_null(file);
	stdout = file;
	json_begin(&j);
	f(&j, arg);
	json_end(&j);
	stdout = was;
	rewind(file);
	*len = fread(out, 1, sizeof(out) - 1, file);
	out[*len] = '\0';
	(void)fclose(file);
	return out;
}

static void
add_value(struct json *j, const void *arg)
{
	const struct slice *value = arg;

	json_text(j, "v", *value);
}

static void
test_strings(void **state)
{
	static const struct {
		struct slice in;
		const char *want;
	} t[] = {
		{ BYTES(""), "" },
		{ BYTES("plain ~"), "plain ~" },
		{ BYTES("\"\\/"), "\\\"\\\\/" },
		{ BYTES("\n\t\r\b"), "\\n\\t\\u000d\\u0008" },
		{ BYTES("\0\x1b[2J\x7f"), "\\u0000\\u001b[2J\\u007f" },
		{ BYTES("caf\xc3\xa9"), "caf\\u00e9" },
		{ BYTES("\xc2\x9b\xe2\x80\xae"), "\\u009b\\u202e" },
		{ BYTES("\xe2\x82\xac\xef\xbf\xbf"), "\\u20ac\\uffff" },
		{ BYTES("\xf0\x9f\x98\x80"), "\\ud83d\\ude00" },
		{ BYTES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), "\\ud800\\udc00\\udbff\\udfff" },
		/* no UTF-8: cut short, alone, overlong, a surrogate, too large */
		{ BYTES("\xc3"), "\\ufffd" },
		{ BYTES("\xc3 a"), "\\ufffd a" },
		{ BYTES("\xe2\x82"), "\\ufffd\\ufffd" },
		{ BYTES("\xf0\x9f\x98"), "\\ufffd\\ufffd\\ufffd" },
		{ BYTES("\x80\xbf"), "\\ufffd\\ufffd" },
		{ BYTES("\xc0\x80"), "\\ufffd\\ufffd" },
		{ BYTES("\xc1\xbf"), "\\ufffd\\ufffd" },
		{ BYTES("\xe0\x9f\xbf"), "\\ufffd\\ufffd\\ufffd" },
		{ BYTES("\xf0\x8f\xbf\xbf"), "\\ufffd\\ufffd\\ufffd\\ufffd" },
		{ BYTES("\xed\xa0\x80"), "\\ufffd\\ufffd\\ufffd" },
		{ BYTES("\xf4\x90\x80\x80"), "\\ufffd\\ufffd\\ufffd\\ufffd" },
		{ BYTES("\xff\xfe"), "\\ufffd\\ufffd" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *copy = exact_bytes(t[i].in.p, t[i].in.len), want[256];
		struct slice in = { copy, t[i].in.len };
		size_t len;
		char *got = printed(add_value, &in, &len);

		(void)snprintf(want, sizeof(want), "{\"v\":\"%s\"}\n", t[i].want);
		assert_string_equal(got, want);
		assert_int_equal(len, strlen(want));
		free(copy);
	}
}

static void
add_all(struct json *j, const void *arg)
{
	(void)arg;
	json_string(j, "a", "x");
	json_string(j, "none", NULL);
	json_number(j, "n", UINT64_MAX);
	json_bool(j, "t", true);
	json_open(j, "list", '[');
	json_close(j, ']');
	json_open(j, "list", '[');
	json_string(j, NULL, "1");
	json_string(j, NULL, "2");
	json_open(j, NULL, '{');
	json_bool(j, "f", false);
	json_close(j, '}');
	json_close(j, ']');
	json_number(j, "z", 0);
}

static void
test_members(void **state)
{
	size_t len;

	(void)state;
	assert_string_equal(printed(add_all, NULL, &len),
	    "{\"a\":\"x\",\"n\":18446744073709551615,\"t\":true,\"list\":[],"
	    "\"list\":[\"1\",\"2\",{\"f\":false}],\"z\":0}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
