#include "util/log.h"

#include <syslog.h>

#include "unit.h"

/* In the place of libc's: what went to syslog last. */
static int got_priority;
static char got[1024];
static int got_lines;

static void
take(int priority, const char *fmt, va_list ap)
{
	got_priority = priority;
	(void)vsnprintf(got, sizeof(got), fmt, ap);
	got_lines++;
}

void
syslog(int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	take(priority, fmt, ap);
	va_end(ap);
}

/* The name that libc's headers give it with _FORTIFY_SOURCE. */
void __syslog_chk(int priority, int flag, const char *fmt, ...);

void
__syslog_chk(int priority, int flag, const char *fmt, ...)
{
	va_list ap;

	(void)flag;
	va_start(ap, fmt);
	take(priority, fmt, ap);
	va_end(ap);
}

/* What all kinds of lines put on standard error, which is a file meanwhile. */
static void
capture(char *out, size_t size, bool to_syslog, bool as_journal)
{
	int saved = dup(STDERR_FILENO);
	FILE *f = tmpfile();
	char stream[64];
	struct stat st;
	size_t n;

	assert_non_null(f);
	assert_int_equal(dup2(fileno(f), STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	(void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino + !as_journal);
	assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
	log_start(to_syslog);
	log_set_level(LOG_DIALOGUE);
	log_error("e");
	log_set_account("home");
	log_warn("w\033");
	log_note("n");
	log_info("i");
	log_dialogue("d");
	log_set_account(NULL);
	(void)fflush(stderr);
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	rewind(f);
	n = fread(out, 1, size - 1, f);
	out[n] = '\0';
	(void)fclose(f);
}

static void
test_streams(void **state)
{
	char text[512];

	(void)state;
	capture(text, sizeof(text), false, false); /* an inherited JOURNAL_STREAM says nothing */
	assert_string_equal(text,
	    "haulmail: e\nhaulmail: home: w\\033\nhaulmail: home: n\nhaulmail: home: i\nhome: d\n");
	assert_false(log_is_record());
}

static void
test_journal(void **state)
{
	char text[512];

	(void)state;
	capture(text, sizeof(text), false, true);
	assert_string_equal(text, "<3>e\n<4>home: w\\033\n<6>home: n\n<6>home: i\n<7>home: d\n");
	assert_true(log_is_record());
}

static void
test_syslog(void **state)
{
	char text[512];

	(void)state;
	got_lines = 0;
	capture(text, sizeof(text), true, false);
	assert_string_equal(text, "");
	assert_int_equal(got_lines, 5);
	assert_int_equal(got_priority, LOG_DEBUG);
	assert_string_equal(got, "home: d");
	log_error("again");
	assert_int_equal(got_priority, LOG_ERR);
	assert_string_equal(got, "again");
	assert_true(log_is_record());
}

static int calls;

static void
count_call(void)
{
	calls++;
}

static void
test_before_line(void **state)
{
	(void)state;
	log_set_level(LOG_QUIET);
	log_before_line(count_call);
	log_warn("not said");
	assert_int_equal(calls, 0);
	log_error("said");
	assert_int_equal(calls, 1);
	log_before_line(NULL);
	log_error("said");
	assert_int_equal(calls, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_syslog), /* there is no way back */
		cmocka_unit_test(test_before_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
