#include "net/srv.h"

#include <arpa/nameser.h>

#include "unit.h"

/* An answer in the making: a question for x.example, then records for it. */
struct answer {
	unsigned char bytes[1024];
	size_t len;
};

static void
add(struct answer *a, const void *p, size_t len)
{
	memcpy(a->bytes + a->len, p, len);
	a->len += len;
}

static void
add16(struct answer *a, unsigned n)
{
	add(a, &(unsigned char[]){ (unsigned char)(n >> 8), (unsigned char)n }, 2);
}

static void
begin(struct answer *a, unsigned records)
{
	*a = (struct answer){ .len = 0 };
	add(a, "\x12\x34\x81\x80\0\1", 6);
	add16(a, records);
	add(a, "\0\0\0\0\1x\7example\0\0\x21\0\1", 4 + 11 + 4);
}

static void
add_srv(struct answer *a, unsigned priority, unsigned weight, unsigned port, const char *wire,
    size_t len)
{
	add(a, "\xc0\x0c\0\x21\0\1\0\0\0\x3c", 10); /* name, SRV, IN, a minute */
	add16(a, (unsigned)(6 + len));
	add16(a, priority);
	add16(a, weight);
	add16(a, port);
	add(a, wire, len);
}

#define WIRE(s) s, sizeof(s)

static void
test_order(void **state)
{
	struct srv got[4];
	struct answer a;

	(void)state;
	begin(&a, 5);
	add_srv(&a, 10, 0, 995, WIRE("\1c\7example"));
	add_srv(&a, 0, 1, 995, WIRE("\1b\7example"));
	add_srv(&a, 0, 2, 1995, WIRE("\1a\7example"));
	add_srv(&a, 0, 0, 0, WIRE("\1z\7example")); /* no port */
	add_srv(&a, 0, 0, 995, WIRE(""));           /* no such service */
	assert_int_equal(srv_parse(a.bytes, a.len, got, nitems(got)), 3);
	assert_string_equal(got[0].host, "a.example");
	assert_int_equal(got[0].port, 1995);
	assert_string_equal(got[1].host, "b.example");
	assert_string_equal(got[2].host, "c.example");
	assert_int_equal(srv_parse(a.bytes, a.len, got, 1), 1);
}

/* Cut anywhere, or with any byte changed, an answer is harmless. */
static void
test_hostile(void **state)
{
	struct srv got[4];
	struct answer a;

	(void)state;
	begin(&a, 2);
	add_srv(&a, 0, 1, 995, WIRE("\1b\7example"));
	add_srv(&a, 0, 1, 995, WIRE("\1\033\7example"));
	for (size_t len = 0; len <= a.len; len++) {
		unsigned char *copy = (unsigned char *)exact_bytes(a.bytes, len);

		assert_true(srv_parse(copy, len, got, nitems(got)) <= 2);
		free(copy);
	}
	for (size_t i = 0; i < a.len * 256; i++) {
		unsigned char *copy = (unsigned char *)exact_bytes(a.bytes, a.len);
		size_t n;

		copy[i / 256] = (unsigned char)i;
		n = srv_parse(copy, a.len, got, nitems(got));
		assert_true(n <= 2);
		for (size_t k = 0; k < n; k++)
			assert_false(strchr(got[k].host, '\033') != NULL);
		free(copy);
	}
}

static void
test_within(void **state)
{
	(void)state;
	assert_true(srv_is_within("pop.example.org", "example.org"));
	assert_true(srv_is_within("POP.Example.org", "example.ORG"));
	assert_true(srv_is_within("example.org", "example.org"));
	assert_false(srv_is_within("pop.badexample.org", "example.org"));
	assert_false(srv_is_within("badexample.org", "example.org"));
	assert_false(srv_is_within("org", "example.org"));
	assert_false(srv_is_within("example.org.evil.net", "example.org"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
