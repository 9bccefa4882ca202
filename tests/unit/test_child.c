/* A program's output, its failure, and the end of patience with it. */
#include "unit.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>

#include "util/child.h"
#include "util/clock.h"
#include "util/core.h"

/* Runs the command with 10 s of patience; *out may be looked at afterwards. */
static int
run(const char *command, struct buf *out, struct error *e)
{
	return child_output(command, NULL, out, clock_ms() + 10000, ERR_AUTH, e);
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
test_a_command_has_our_environment_and_what_is_added(void **state)
{
	static const char *const env[] = { "HAULMAIL_TEST_B=new", "HAULMAIL_TEST_C=c", NULL };
	static const char command[] = "echo $HAULMAIL_TEST_A $HAULMAIL_TEST_B $HAULMAIL_TEST_C";
	struct buf out = BUF_INIT(KiB);
	struct error e = NO_ERROR;

	(void)state;
	assert_int_equal(setenv("HAULMAIL_TEST_A", "a", 1), 0);
	assert_int_equal(setenv("HAULMAIL_TEST_B", "b", 1), 0);
	assert_int_equal(child_output(command, env, &out, clock_ms() + 10000, ERR_AUTH, &e), 0);
	assert_slice_equal(buf_slice(&out), "a new c\n");
	out.len = 0;
	assert_int_equal(run(command, &out, &e), 0);
	assert_slice_equal(buf_slice(&out), "a b\n");
	buf_free(&out);
}

static void
check_timeout(const char *command)
{
	struct buf out = BUF_INIT(KiB);
	struct error e = NO_ERROR;
	int64_t start = clock_ms();

	assert_int_equal(child_output(command, NULL, &out, start + 200, ERR_AUTH, &e), -1);
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

/* ---- what it leaves behind ---- */

/* In a child without a terminal: a command in the background of one that is late. */
static int
leave_one_behind(void *fifo)
{
	struct buf out = BUF_INIT(0); /* more than it prints */
	struct error e = NO_ERROR;
	int64_t start = clock_ms();
	char command[1200], c;
	int fd = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	(void)setsid();
	(void)snprintf(command, sizeof(command), "sleep 60 >'%s' & wait", (const char *)fifo);
	if (fd == -1 || child_output(command, NULL, &out, start + 300, ERR_AUTH, &e) != -1)
		return 1;
	while (clock_ms() - start < 10000) {
		if (read(fd, &c, 1) == 0) /* nobody has it open any more */
			return 0;
		(void)usleep(10000);
	}
	return 2;
}

static void
test_all_that_it_has_started_ends_with_it(void **state)
{
	const char *fifo = in_dir(*state, "fifo");

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(in_child(leave_one_behind, (void *)(uintptr_t)fifo), 0);
}

static int
forbid_cores(void *unused)
{
	struct rlimit limit, now;
	struct buf out = BUF_INIT(KiB);
	struct error e = NO_ERROR;
	char want[40];

	(void)unused;
	if (getrlimit(RLIMIT_CORE, &limit) == -1)
		return 1;
	limit.rlim_cur = MIN(limit.rlim_max, (rlim_t)4096); /* which the shell counts in 512s */
	if (setrlimit(RLIMIT_CORE, &limit) == -1)
		return 2;
	core_lend(); /* as long as it is not forbidden it stays as it is */
	core_take_back();
	if (getrlimit(RLIMIT_CORE, &now) == -1 || now.rlim_cur != limit.rlim_cur)
		return 3;
	core_forbid();
	core_forbid();
	(void)snprintf(want, sizeof(want), "%d\n", (int)(limit.rlim_cur / 512));
	if (run("ulimit -c", &out, &e) == -1 || !slice_equal(buf_slice(&out), want))
		return 4;
	buf_free(&out);
	if (getrlimit(RLIMIT_CORE, &now) == -1 || now.rlim_cur != 0 ||
	    now.rlim_max != limit.rlim_max)
		return 5;
	return 0;
}

static void
test_it_may_leave_a_core_where_we_may_not(void **state)
{
	(void)state;
	assert_int_equal(in_child(forbid_cores, NULL), 0);
}

/* ---- one that is talked with ---- */

/* What comes from fd until its end, at most for 10 s. */
static const char *
read_all(int fd)
{
	static char text[4096];
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n;

	while (poll(&pfd, 1, 10000) > 0 && len < sizeof(text) - 1 &&
	       (n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return text;
}

static void
test_one_socket_is_its_input_and_output(void **state)
{
	static const char *const env[] = { "GREETING=hello", NULL };
	struct error e = NO_ERROR;
	struct child c;
	int err_fd, status;

	(void)state;
	assert_int_equal(
	    child_connect(&c, "echo $GREETING; echo oops >&2; read x; echo \"<$x>\"; exit 3", env,
		&err_fd, &e),
	    0);
	assert_true((fcntl(c.fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(err_fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(c.fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_true((fcntl(err_fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(write(c.fd, "ask\n", 4), 4);
	assert_string_equal(read_all(c.fd), "hello\n<ask>\n");
	assert_string_equal(read_all(err_fd), "oops\n");
	(void)close(err_fd);
	assert_int_equal(child_wait(&c, clock_ms() + 10000, &status, &e), 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

static void
test_one_that_is_hung_up_on_ends(void **state)
{
	static const char *const env[] = { NULL };
	struct error e = NO_ERROR;
	int64_t start = clock_ms();
	struct child c;
	int err_fd, status;
	char words[80];

	(void)state;
	assert_int_equal(child_connect(&c, "exec cat", env, &err_fd, &e), 0);
	child_tell_end(&c, words, sizeof(words));
	assert_string_equal(words, "");
	assert_int_equal(child_wait(&c, clock_ms() + 10000, &status, &e), 0);
	(void)close(err_fd);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(clock_ms() - start < 5000);
}

static void
test_how_it_has_ended_is_told(void **state)
{
	static const char *const env[] = { NULL };
	static const struct {
		const char *command, *words;
	} t[] = {
		{ "exit 3", "the command ended with status 3" },
		{ "exit 0", "the command ended with status 0" },
		{ "kill -TERM $$", "the command died by signal 15" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct error e = NO_ERROR;
		struct child c;
		int err_fd, status;
		char words[80];

		assert_int_equal(child_connect(&c, t[i].command, env, &err_fd, &e), 0);
		for (int n = 0; n < 1000; n++) {
			child_tell_end(&c, words, sizeof(words));
			if (*words != '\0')
				break;
			(void)usleep(10000);
		}
		assert_string_equal(words, t[i].words);
		assert_int_equal(child_wait(&c, clock_ms() + 10000, &status, &e), 0);
		(void)close(err_fd);
	}
}

static void
test_one_that_does_not_end_is_ended(void **state)
{
	static const char *const env[] = { NULL };
	struct error e = NO_ERROR;
	int64_t start = clock_ms();
	struct child c;
	int err_fd, status;

	(void)state;
	assert_int_equal(child_connect(&c, "exec sleep 60", env, &err_fd, &e), 0);
	assert_int_equal(child_wait(&c, clock_ms() + 100, &status, &e), -1);
	(void)close(err_fd);
	assert_true(clock_ms() - start < 5000);
	assert_int_equal(waitpid(c.pid, &status, WNOHANG), -1); /* and waited for */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_command_has_our_environment_and_what_is_added),
		cmocka_unit_test(test_what_it_prints_is_there),
		cmocka_unit_test(test_output_goes_behind_what_is_there),
		cmocka_unit_test(test_a_failure_is_told),
		cmocka_unit_test(test_nobody_waits_past_the_deadline),
		cmocka_unit_test(test_nobody_waits_for_one_that_only_closed_its_output),
		cmocka_unit_test(test_the_status_of_one_that_closed_its_output_first_counts),
		cmocka_unit_test(test_too_much_output_is_an_error_and_enough_is_none),
		cmocka_unit_test(test_endless_output_is_cut_short),
		cmocka_unit_test(test_the_child_has_default_signals),
		cmocka_unit_test_setup_teardown(
		    test_all_that_it_has_started_ends_with_it, make_dir, remove_dir),
		cmocka_unit_test(test_it_may_leave_a_core_where_we_may_not),
		cmocka_unit_test(test_one_socket_is_its_input_and_output),
		cmocka_unit_test(test_one_that_is_hung_up_on_ends),
		cmocka_unit_test(test_how_it_has_ended_is_told),
		cmocka_unit_test(test_one_that_does_not_end_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
