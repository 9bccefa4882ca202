/* A program's output, its failure, and the end of patience with it. */
#include "unit.h"

#include <signal.h>

#include "util/child.h"
#include "util/clock.h"

/* Runs the command with 10 s of patience; *out may be looked at afterwards. */
static int
run(const char *command, struct buf *out, struct error *e)
{
	return child_output(command, out, clock_ms() + 10000, ERR_AUTH, e);
}

static void
test_what_it_prints_is_there(void **state)
{
	static const struct {
		const char *command, *output;
	} t[] = {
		{ "echo hello", "hello\n" },
		{ "printf 'a\\nb'", "a\nb" },
		{ ":", "" },
		{ "exec echo \"$0\" '*'", "/bin/sh *\n" },
		{ "printf a; sleep 0.1; printf b", "ab" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct buf out = BUF_INIT(KiB);
		struct error e = NO_ERROR;

		assert_row(run(t[i].command, &out, &e) == 0, "%s: %s", t[i].command, e.msg);
		assert_slice_equal(buf_slice(&out), t[i].output);
		buf_free(&out);
	}
}

static void
test_output_goes_behind_what_is_there(void **state)
{
	struct buf out = BUF_INIT(KiB);
	struct error e = NO_ERROR;

	(void)state;
	(void)buf_addstr(&out, "before ");
	assert_int_equal(run("printf after", &out, &e), 0);
	assert_slice_equal(buf_slice(&out), "before after");
	buf_free(&out);
}

static void
test_a_failure_is_told(void **state)
{
	static const struct {
		const char *command, *words;
	} t[] = {
		{ "exit 3", "status 3" },
		{ "echo x; exit 1", "status 1" },
		{ "kill -TERM $$", "signal 15" },
		{ "/no/such/program", "status 127" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct buf out = BUF_INIT(KiB);
		struct error e = NO_ERROR;
		int err = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

		(void)dup2(null, STDERR_FILENO); /* the shell's complaints */
		assert_int_equal(run(t[i].command, &out, &e), -1);
		(void)dup2(err, STDERR_FILENO);
		(void)close(err);
		(void)close(null);
		assert_int_equal(e.cls, ERR_AUTH);
		assert_row(strstr(e.msg, t[i].words) != NULL, "%s: %s", t[i].command, e.msg);
		buf_free(&out);
	}
}

static void
check_timeout(const char *command)
{
	struct buf out = BUF_INIT(KiB);
	struct error e = NO_ERROR;
	int64_t start = clock_ms();

	assert_int_equal(child_output(command, &out, start + 200, ERR_AUTH, &e), -1);
	assert_int_equal(e.cls, ERR_AUTH);
	assert_row(strstr(e.msg, "in time") != NULL, "%s: %s", command, e.msg);
	assert_row(clock_ms() - start < 2500, "%s", command);
	buf_free(&out);
}

static void
test_nobody_waits_past_the_deadline(void **state)
{
	(void)state;
	check_timeout("sleep 4");
	check_timeout("echo x; exec sleep 4");
	check_timeout("while :; do echo; sleep 0.05; done");
}

static void
test_nobody_waits_for_one_that_only_closed_its_output(void **state)
{
	(void)state;
	check_timeout("exec >&-; sleep 4");
}

static void
test_the_status_of_one_that_closed_its_output_first_counts(void **state)
{
	struct buf out = BUF_INIT(KiB);
	struct error e = NO_ERROR, f = NO_ERROR;

	(void)state;
	assert_int_equal(run("echo x; exec >&-; sleep 0.1; exit 0", &out, &e), 0);
	assert_slice_equal(buf_slice(&out), "x\n");
	assert_int_equal(run("exec >&-; sleep 0.1; exit 3", &out, &f), -1);
	assert_non_null(strstr(f.msg, "status 3"));
	buf_free(&out);
}

static void
test_too_much_output_is_an_error_and_enough_is_none(void **state)
{
	(void)state;
	for (size_t most = 5; most < 15; most++) {
		struct buf out = BUF_INIT(most);
		struct error e = NO_ERROR;
		int rc = run("printf 0123456789", &out, &e);

		assert_row(rc == (most < 10 ? -1 : 0), "a bound of %zu: %s", most, e.msg);
		assert_true(out.len <= most);
		buf_free(&out);
	}
}

static void
test_endless_output_is_cut_short(void **state)
{
	struct buf out = BUF_INIT(64 * KiB);
	struct error e = NO_ERROR;

	(void)state;
	assert_int_equal(run("yes", &out, &e), -1);
	assert_int_equal(e.cls, ERR_AUTH);
	buf_free(&out);
}

static void
test_the_child_has_default_signals(void **state)
{
	struct buf out = BUF_INIT(KiB);
	struct error e = NO_ERROR;

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	/* a shell that finds SIGPIPE ignored cannot be killed by it */
	assert_int_equal(run("(sh -c 'kill -PIPE $$; echo alive')", &out, &e), -1);
	assert_slice_equal(buf_slice(&out), "");
	(void)signal(SIGPIPE, SIG_DFL);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_it_prints_is_there),
		cmocka_unit_test(test_output_goes_behind_what_is_there),
		cmocka_unit_test(test_a_failure_is_told),
		cmocka_unit_test(test_nobody_waits_past_the_deadline),
		cmocka_unit_test(test_nobody_waits_for_one_that_only_closed_its_output),
		cmocka_unit_test(test_the_status_of_one_that_closed_its_output_first_counts),
		cmocka_unit_test(test_too_much_output_is_an_error_and_enough_is_none),
		cmocka_unit_test(test_endless_output_is_cut_short),
		cmocka_unit_test(test_the_child_has_default_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
