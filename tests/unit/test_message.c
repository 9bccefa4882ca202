/* A message as targets read it: the same bytes, whether it lies in memory or in a file. */
#include "unit.h"

#include "delivery.h"

/* Bytes that tell where they stand. */
static char *
pattern(size_t len)
{
	char *p = malloc(len + 1);

	assert_non_null(p);
	for (size_t i = 0; i < len; i++)
		p[i] = (char)(i * 7 + i / 251 + i / 65536);
	return p;
}

/* Walks through the message, taking at most so many bytes at a time. */
static void
walk(const struct message *m, struct slice want, size_t most)
{
	struct message_cursor c = { .at = 0 };
	struct error e = NO_ERROR;
	bool final = false;

	while (!final || c.at < m->length) {
		struct slice got;
		size_t take;

		assert_int_equal(message_next(m, &c, &got, &final, &e), 0);
		assert_true(got.len > 0 || m->length == 0);
		assert_true(got.len <= want.len - c.at);
		assert_true(m->fd == -1 || got.len <= MESSAGE_CHUNK);
		assert_true(got.len == 0 || memcmp(got.p, want.p + c.at, got.len) == 0);
		assert_int_equal(final, c.at + got.len == want.len);
		take = MIN(got.len, most);
		c.at += take;
		if (m->length == 0)
			break;
	}
	assert_true(c.at == want.len);
	assert_int_equal(e.cls, ERR_OK);
	message_cursor_free(&c);
}

static const size_t sizes[] = { 0, 1, 2, 1000, MESSAGE_CHUNK - 1, MESSAGE_CHUNK, MESSAGE_CHUNK + 1,
	2 * MESSAGE_CHUNK, 3 * MESSAGE_CHUNK + 7 };

static void
test_a_message_in_memory_comes_at_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(sizes); i++) {
		char *text = pattern(sizes[i]);
		struct slice want = { text, sizes[i] };
		struct message m = memory_message("key", want);
		struct message_cursor c = { .at = 0 };
		struct error e = NO_ERROR;
		struct slice got;
		bool final = false;

		assert_int_equal(message_next(&m, &c, &got, &final, &e), 0);
		assert_true(final);
		assert_true(got.p == m.head.p && got.len == sizes[i]); /* not copied */
		message_cursor_free(&c);
		walk(&m, want, SIZE_MAX);
		walk(&m, want, sizes[i] / 3 + 1);
		message_free(&m);
		free(text);
	}
}

static void
test_a_message_in_a_file_comes_in_chunks(void **state)
{
	static const size_t steps[] = { SIZE_MAX, MESSAGE_CHUNK - 1, 40000, MESSAGE_CHUNK / 2 + 3 };

	(void)state;
	for (size_t i = 0; i < nitems(sizes); i++)
		for (size_t s = 0; s < nitems(steps); s++) {
			char *text = pattern(sizes[i]);
			struct slice want = { text, sizes[i] };
			struct message m = file_message("key", want, 100);

			walk(&m, want, steps[s]);
			message_free(&m);
			free(text);
		}
}

static void
test_what_is_not_taken_comes_again(void **state)
{
	char *text = pattern(MESSAGE_CHUNK + 10);
	struct message m = file_message("key", (struct slice){ text, MESSAGE_CHUNK + 10 }, 0);
	struct message_cursor c = { .at = 0 };
	struct error e = NO_ERROR;
	struct slice got;
	bool final;

	(void)state;
	for (int i = 0; i < 2; i++) { /* nothing taken: the same again */
		assert_int_equal(message_next(&m, &c, &got, &final, &e), 0);
		assert_true(got.len == MESSAGE_CHUNK && !final);
		assert_memory_equal(got.p, text, got.len);
	}
	c.at += got.len - 4; /* as one does who needs more to judge by */
	assert_int_equal(message_next(&m, &c, &got, &final, &e), 0);
	assert_true(got.len == 14 && final);
	assert_memory_equal(got.p, text + MESSAGE_CHUNK - 4, got.len);
	message_cursor_free(&c);
	assert_true(c.at == 0 && c.buf == NULL); /* ready for another walk */
	assert_int_equal(message_next(&m, &c, &got, &final, &e), 0);
	assert_memory_equal(got.p, text, got.len);
	message_cursor_free(&c);
	message_cursor_free(&c);
	message_free(&m);
	free(text);
}

static void
test_two_walks_do_not_disturb_each_other(void **state)
{
	char *text = pattern(MESSAGE_CHUNK * 2);
	struct message m = file_message("key", (struct slice){ text, MESSAGE_CHUNK * 2 }, 0);
	struct message_cursor a = { .at = 0 }, b = { .at = 0 };
	struct error e = NO_ERROR;
	struct slice got_a, got_b;
	bool final;

	(void)state;
	assert_int_equal(message_next(&m, &a, &got_a, &final, &e), 0);
	b.at = 1000;
	assert_int_equal(message_next(&m, &b, &got_b, &final, &e), 0);
	assert_memory_equal(got_a.p, text, MESSAGE_CHUNK);
	assert_memory_equal(got_b.p, text + 1000, MESSAGE_CHUNK);
	message_cursor_free(&a);
	message_cursor_free(&b);
	message_free(&m);
	free(text);
}

static void
test_a_file_that_has_become_shorter_is_no_whole_message(void **state)
{
	static const off_t left[] = { 0, 1, MESSAGE_CHUNK - 1, MESSAGE_CHUNK, MESSAGE_CHUNK + 9 };
	char *text = pattern(MESSAGE_CHUNK + 10);

	(void)state;
	for (size_t i = 0; i < nitems(left); i++) {
		struct message m =
		    file_message("key", (struct slice){ text, MESSAGE_CHUNK + 10 }, 0);
		struct message_cursor c = { .at = 0 };
		struct error e = NO_ERROR;
		struct slice got;
		bool final = false;
		int rc = 0;

		assert_int_equal(ftruncate(m.fd, left[i]), 0);
		while (rc == 0 && !final)
			if ((rc = message_next(&m, &c, &got, &final, &e)) == 0) {
				assert_true(got.len > 0);
				c.at += got.len;
			}
		assert_row(rc == -1 && e.cls == ERR_TEMP, "%ld bytes left", (long)left[i]);
		message_cursor_free(&c);
		message_free(&m);
	}
	free(text);
}

static void
test_a_file_that_cannot_be_read_is_an_error(void **state)
{
	struct message m = { .length = 10, .fd = open("/dev/null", O_WRONLY | O_CLOEXEC) };
	struct message_cursor c = { .at = 0 };
	struct error e = NO_ERROR;
	struct slice got;
	bool final;

	(void)state;
	assert_true(m.fd != -1);
	assert_int_equal(message_next(&m, &c, &got, &final, &e), -1);
	assert_int_equal(e.cls, ERR_TEMP);
	assert_non_null(strstr(e.msg, strerror(EBADF)));
	message_cursor_free(&c);
	(void)close(m.fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_message_in_memory_comes_at_once),
		cmocka_unit_test(test_a_message_in_a_file_comes_in_chunks),
		cmocka_unit_test(test_what_is_not_taken_comes_again),
		cmocka_unit_test(test_two_walks_do_not_disturb_each_other),
		cmocka_unit_test(test_a_file_that_has_become_shorter_is_no_whole_message),
		cmocka_unit_test(test_a_file_that_cannot_be_read_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
