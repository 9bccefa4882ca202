/* Errors: the first one wins, and each class has its exit status. */
#include "unit.h"

#include <sysexits.h>

static void
test_each_class_has_the_exit_status_of_sysexits(void **state)
{
	static const struct {
		enum errclass cls;
		int status;
	} t[] = {
		{ ERR_OK, 0 },
		{ ERR_NOTHING, 1 },
		{ ERR_USAGE, EX_USAGE },
		{ ERR_REFUSED, EX_DATAERR },
		{ ERR_HOST, EX_NOHOST },
		{ ERR_OS, EX_OSERR },
		{ ERR_CREATE, EX_CANTCREAT },
		{ ERR_IO, EX_IOERR },
		{ ERR_TEMP, EX_TEMPFAIL },
		{ ERR_PROTO, EX_PROTOCOL },
		{ ERR_AUTH, EX_NOPERM },
		{ ERR_TLS, EX_NOPERM },
		{ ERR_CONFIG, EX_CONFIG },
	};

	(void)state;
	assert_int_equal(nitems(t), ERR_NCLASSES);
	for (size_t i = 0; i < nitems(t); i++) {
		assert_int_equal(t[i].cls, i);
		assert_int_equal(error_exit_status(t[i].cls), t[i].status);
	}
	assert_int_equal(error_exit_status(ERR_NCLASSES), EX_SOFTWARE);
}

static void
test_the_first_failure_wins(void **state)
{
	struct error e = NO_ERROR;

	(void)state;
	assert_int_equal(error_set(&e, ERR_TEMP, "first %d", 1), -1);
	assert_int_equal(error_set(&e, ERR_CONFIG, "second"), -1);
	errno = ENOSPC;
	assert_int_equal(error_sys(&e, ERR_IO, "third"), -1);
	assert_int_equal(e.cls, ERR_TEMP);
	assert_string_equal(e.msg, "first 1");
}

static void
test_words_can_be_added(void **state)
{
	struct error e = NO_ERROR;

	(void)state;
	(void)error_set(&e, ERR_TEMP, "first");
	assert_int_equal(error_add(&e, " (%s)", "second"), -1);
	assert_int_equal(e.cls, ERR_TEMP);
	assert_string_equal(e.msg, "first (second)");
	for (size_t i = 0; i < sizeof(e.msg); i++)
		(void)error_add(&e, "%s", "xy");
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
}

static void
test_errno_is_told_in_words(void **state)
{
	struct error e = NO_ERROR;
	char want[64];

	(void)state;
	errno = ENOSPC;
	assert_int_equal(error_sys(&e, ERR_TEMP, "writing %s", "x"), -1);
	(void)snprintf(want, sizeof(want), "writing x: %s", strerror(ENOSPC));
	assert_string_equal(e.msg, want);
}

static void
test_long_messages_are_cut(void **state)
{
	struct error *e = calloc(1, sizeof(*e)), *f = calloc(1, sizeof(*f));
	char text[2000];

	(void)state;
	assert_true(e != NULL && f != NULL);
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)error_set(e, ERR_TEMP, "%s", text);
	assert_int_equal(strlen(e->msg), sizeof(e->msg) - 1);
	errno = ENOSPC;
	(void)error_sys(f, ERR_TEMP, "%s", text);
	assert_int_equal(strlen(f->msg), sizeof(f->msg) - 1);
	free(e);
	free(f);
}

static void
test_permanent_is_worse_than_temporary_is_worse_than_none(void **state)
{
	(void)state;
	for (enum errclass a = ERR_OK; a < ERR_NCLASSES; a++)
		for (enum errclass b = ERR_OK; b < ERR_NCLASSES; b++) {
			enum errclass want = a; /* the first of equals */

			if (a == ERR_OK || (a == ERR_TEMP && b != ERR_OK))
				want = b;
			assert_int_equal(error_worse(a, b), want);
		}
	assert_int_equal(error_worse(ERR_OK, ERR_OK), ERR_OK);
	assert_int_equal(error_worse(ERR_OK, ERR_TEMP), ERR_TEMP);
	assert_int_equal(error_worse(ERR_TEMP, ERR_OK), ERR_TEMP);
	assert_int_equal(error_worse(ERR_TEMP, ERR_AUTH), ERR_AUTH);
	assert_int_equal(error_worse(ERR_AUTH, ERR_TEMP), ERR_AUTH);
	assert_int_equal(error_worse(ERR_AUTH, ERR_CONFIG), ERR_AUTH);
	assert_int_equal(error_worse(ERR_CONFIG, ERR_AUTH), ERR_CONFIG);
}

static void
test_what_time_may_heal_is_temporary(void **state)
{
	static const int temporary[] = { ENOSPC, EDQUOT, EIO, EMFILE, EFBIG, EINTR, EROFS };
	static const int lasting[] = { EACCES, EPERM, EISDIR, ELOOP, ENOENT, ENOTDIR,
		ENAMETOOLONG };

	(void)state;
	for (size_t i = 0; i < nitems(temporary); i++)
		assert_int_equal(error_write_class(temporary[i]), ERR_TEMP);
	for (size_t i = 0; i < nitems(lasting); i++)
		assert_int_equal(error_write_class(lasting[i]), ERR_CREATE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_class_has_the_exit_status_of_sysexits),
		cmocka_unit_test(test_the_first_failure_wins),
		cmocka_unit_test(test_words_can_be_added),
		cmocka_unit_test(test_errno_is_told_in_words),
		cmocka_unit_test(test_long_messages_are_cut),
		cmocka_unit_test(test_permanent_is_worse_than_temporary_is_worse_than_none),
		cmocka_unit_test(test_what_time_may_heal_is_temporary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
