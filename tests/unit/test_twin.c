/* Jobs of a second process: what they return, what they keep, and how it ends. */
#include "unit.h"

#include <signal.h>

#include "util/twin.h"

enum { ECHO = TWIN_END + 1, FAIL, COUNT, DIE };

struct context {
	const char *words;
	int count;
	int end_fd; /* gets a byte when the job ends */
};

static int
work(void *ctx, int verb, struct buf *reply, struct error *e)
{
	struct context *c = ctx;

	switch (verb) {
	case ECHO:
		return buf_addstr(reply, c->words);
	case FAIL:
		return error_set(e, ERR_CONFIG, "no %s", c->words);
	case COUNT:
		return ++c->count;
	case DIE:
		(void)raise(SIGKILL);
		return 0;
	default:
		return (int)write(c->end_fd, "x", 1);
	}
}

/* The ends of a pipe: what the job writes to, and what tells. */
static struct context
new_context(const char *words, int *told)
{
	int fds[2];

	/* the twin closes all descriptors above its own: this one has to be a low one */
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[1], STDIN_FILENO), STDIN_FILENO);
	(void)close(fds[1]);
	*told = fds[0];
	return (struct context){ .words = words, .end_fd = STDIN_FILENO };
}

static void
test_without_jobs_there_is_none(void **state)
{
	struct error e = NO_ERROR;

	(void)state;
	assert_int_equal(twin_start(NULL, 0, &e), 0);
	assert_int_equal(twin_find(work, NULL), -1);
	twin_stop();
}

static void
test_jobs_are_done(void **state)
{
	struct buf reply = BUF_INIT(TWIN_REPLY_MAX);
	struct error e = NO_ERROR;
	struct context a, b;
	struct twin_job jobs[] = { { work, &a }, { work, &b } };
	int one, other, told, unused;
	char ends[4];

	(void)state;
	b = new_context("other", &unused);
	(void)close(unused);
	a = new_context("one", &told);
	assert_int_equal(twin_find(work, &a), -1);
	assert_int_equal(twin_start(jobs, nitems(jobs), &e), 0);
	one = twin_find(work, &a);
	other = twin_find(work, &b);
	assert_int_equal(twin_find(work, &told), -1);
	assert_int_equal(twin_ask(other, ECHO, &reply, &e), 0);
	assert_slice_equal(buf_slice(&reply), "other");
	assert_int_equal(twin_ask(one, ECHO, &reply, &e), 0);
	assert_slice_equal(buf_slice(&reply), "one");
	/* what a job keeps lies in the twin */
	assert_int_equal(twin_ask(one, COUNT, NULL, &e), 1);
	assert_int_equal(twin_ask(one, COUNT, NULL, &e), 2);
	assert_int_equal(twin_ask(other, COUNT, NULL, &e), 1);
	assert_int_equal(a.count, 0);
	assert_int_equal(e.cls, ERR_OK);

	assert_int_equal(twin_ask(one, FAIL, NULL, &e), -1);
	assert_int_equal(e.cls, ERR_CONFIG);
	assert_string_equal(e.msg, "no one");

	/* both are told of the end */
	twin_stop();
	assert_int_equal(twin_find(work, &a), -1);
	(void)close(STDIN_FILENO);
	assert_int_equal(read(told, ends, sizeof(ends)), 2);
	(void)close(told);
	buf_free(&reply);
}

static void
test_its_death_is_an_error(void **state)
{
	struct error e = NO_ERROR, f = NO_ERROR;
	struct context c;
	struct twin_job only = { work, &c };
	int job, told;

	(void)state;
	c = new_context("", &told);
	assert_int_equal(twin_start(&only, 1, &e), 0);
	job = twin_find(work, &c);
	assert_int_equal(twin_ask(job, DIE, NULL, &e), -1);
	assert_int_equal(e.cls, ERR_TEMP);
	assert_int_equal(twin_ask(job, COUNT, NULL, &f), -1);
	assert_int_equal(f.cls, ERR_TEMP);
	twin_stop();
	(void)close(told);
	(void)close(STDIN_FILENO);
}

static void
test_a_job_that_is_none_ends_it(void **state)
{
	struct error e = NO_ERROR;
	struct context c;
	struct twin_job only = { work, &c };
	int told;

	(void)state;
	c = new_context("", &told);
	assert_int_equal(twin_start(&only, 1, &e), 0);
	assert_int_equal(twin_ask(1, COUNT, NULL, &e), -1);
	assert_int_equal(e.cls, ERR_TEMP);
	twin_stop();
	(void)close(told);
	(void)close(STDIN_FILENO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_jobs_there_is_none),
		cmocka_unit_test(test_jobs_are_done),
		cmocka_unit_test(test_its_death_is_an_error),
		cmocka_unit_test(test_a_job_that_is_none_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
