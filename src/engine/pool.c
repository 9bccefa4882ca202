#include "engine/pool.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/child.h"
#include "util/clock.h"
#include "util/io.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/stop.h"
#include "util/util.h"

#define TICK_MS 100

struct worker {
	pid_t pid; /* 0: not running */
	size_t job;
	FILE *out, *err; /* what it prints; NULL: it shares our outputs */
};

/* What the worker has printed goes where it belongs. */
static void
give_out(FILE *from, int to)
{
	char buf[16 * KiB];
	size_t n;

	if (from == NULL)
		return;
	rewind(from);
	while ((n = fread(buf, 1, sizeof(buf), from)) > 0)
		if (write_all(to, buf, n) == -1)
			break; /* nobody is there to be told */
	(void)fclose(from);
}

static int
gather_output(struct worker *w, struct error *e)
{
	w->out = tmpfile();
	w->err = tmpfile();
	return w->out != NULL && w->err != NULL
		   ? 0
		   : error_sys(e, ERR_TEMP, "cannot create a temporary file");
}

static int
start(struct worker *w, const struct pool_jobs *jobs, size_t job, struct error *e)
{
	int status;

	*w = (struct worker){ .job = job };
	if (!jobs->shares_output && gather_output(w, e) == -1)
		goto fail;
	(void)fflush(stdout);
	if ((w->pid = fork()) == -1) {
		(void)error_sys(e, ERR_TEMP, "cannot start a process");
		w->pid = 0;
		goto fail;
	}
	if (w->pid > 0)
		return 0;
	if (!jobs->shares_output) {
		(void)dup2(fileno(w->out), STDOUT_FILENO);
		(void)dup2(fileno(w->err), STDERR_FILENO);
	}
	status = jobs->run(jobs->ctx, job);
	if (fflush(stdout) != 0 || ferror(stdout) != 0) {
		log_error("cannot write to standard output");
		status = (int)error_worse((enum errclass)status, ERR_IO);
	}
	_exit(status);
fail:
	if (w->out != NULL)
		(void)fclose(w->out);
	if (w->err != NULL)
		(void)fclose(w->err);
	return -1;
}

/* Ends the workers that have ended; true when there was one. */
static bool
collect(struct worker *workers, const struct pool_jobs *jobs)
{
	bool any = false;
	int status;

	for (size_t i = 0; i < jobs->at_once; i++) {
		struct worker *w = &workers[i];

		if (w->pid == 0 || waitpid(w->pid, &status, WNOHANG) != w->pid)
			continue;
		if (jobs->before_output != NULL)
			jobs->before_output(jobs->ctx);
		give_out(w->err, STDERR_FILENO);
		give_out(w->out, STDOUT_FILENO);
		w->pid = 0;
		jobs->ended(jobs->ctx, w->job, status);
		any = true;
	}
	return any;
}

static struct worker *
find_free(struct worker *workers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (workers[i].pid == 0)
			return &workers[i];
	return NULL;
}

static bool
none_runs(const struct worker *workers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (workers[i].pid != 0)
			return false;
	return true;
}

static void
stop_workers(const struct worker *workers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (workers[i].pid != 0)
			stop_pass_on(workers[i].pid);
}

/* Until a worker ends, or not for long: no wait is a long one once we are asked to stop. */
static void
wait_a_little(const struct pool_jobs *jobs)
{
	static const struct timespec pause = { .tv_nsec = 10000000 };

	if (jobs->tick != NULL)
		jobs->tick(jobs->ctx);
	if (stop_poll(NULL, 0, clock_ms() + (jobs->tick != NULL ? TICK_MS : 1000)) == 0)
		(void)nanosleep(&pause, NULL);
}

int
pool_run(const struct pool_jobs *jobs, struct error *e)
{
	struct worker *workers = xcalloc(jobs->at_once, sizeof(*workers)), *w;
	bool told = false;
	size_t next = 0;
	int rc = 0;

	child_watch();
	stop_watch();
	while ((next < jobs->n && rc == 0 && !stop_asked()) || !none_runs(workers, jobs->at_once)) {
		w = find_free(workers, jobs->at_once);
		if (w != NULL && next < jobs->n && rc == 0 && !stop_asked()) {
			rc = start(w, jobs, next++, e);
			continue;
		}
		if (stop_asked() && !told) {
			stop_workers(workers, jobs->at_once);
			told = true;
		}
		if (!collect(workers, jobs))
			wait_a_little(jobs);
	}
	stop_unwatch();
	free(workers);
	return rc;
}
