#include "cli/each.h"

#include <sys/wait.h>

#include "engine/pool.h"
#include "util/log.h"
#include "util/stop.h"

enum errclass
each_class(const char *account, int status)
{
	if (WIFEXITED(status))
		return (enum errclass)WEXITSTATUS(status);
	if (WIFSIGNALED(status) && !stop_asked()) {
		log_set_account(account);
		log_error("its process died by signal %d", WTERMSIG(status));
		log_set_account(NULL);
	}
	return ERR_OS;
}

static void
note(struct each *each, enum errclass cls)
{
	each->worst = error_worse(each->worst, cls);
	each->good += cls == ERR_OK;
}

/* For pool.h. */
static int
run_one(void *ctx, size_t i)
{
	const struct each *each = ctx;

	stop_unwatch(); /* there is nothing to be ended in order, and somebody may be asked */
	return (int)each->run(each, i);
}

static void
note_end(void *ctx, size_t i, int status)
{
	struct each *each = ctx;

	note(each, each_class(each->accounts[i]->name, status));
}

static void
run_in_processes(struct each *each)
{
	struct pool_jobs jobs = { .n = each->n,
		.at_once = 1,
		.shares_output = true,
		.run = run_one,
		.ended = note_end,
		.ctx = each };
	struct error e = { .cls = ERR_OK };

	if (pool_run(&jobs, &e) == -1) {
		log_error("%s", e.msg);
		note(each, e.cls);
	}
}

void
each_run(struct each *each)
{
	if (each->n == 1)
		note(each, each->run(each, 0));
	else
		run_in_processes(each);
}

enum errclass
each_apart(enum errclass (*run)(const struct each *each, size_t i), const struct account *a)
{
	struct each each = { .accounts = &a, .n = 1, .run = run };

	run_in_processes(&each);
	return each.worst;
}
