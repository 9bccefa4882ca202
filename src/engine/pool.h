/*
 * pool.h - jobs in worker processes, several at once.
 *
 * Each worker's standard output and standard error are gathered and given out when it has ended,
 * so that those of one job stand together, unless they are to share ours; one that crashes touches
 * no other, and one that confines itself (engine.h) no other either. A request to stop
 * (util/stop.h) reaches the workers, who are waited for.
 */
#ifndef ENGINE_POOL_H
#define ENGINE_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"

struct pool_jobs {
	size_t n;           /* jobs: 0 to n - 1 */
	size_t at_once;     /* workers, at least 1 */
	bool shares_output; /* they write to where we do, as they go: for one at a time */
	/* in a worker: does the job and returns an exit status */
	int (*run)(void *ctx, size_t job);
	/* here, as jobs end, behind their output: status is a wait status (wait(2)) */
	void (*ended)(void *ctx, size_t job, int status);
	/* here, several times a second while jobs run, and before the output of one; may be NULL */
	void (*tick)(void *ctx);
	void (*before_output)(void *ctx);
	void *ctx;
};

/* Runs all jobs, in their order; 0, or -1 with *e set when no worker can be started. */
int pool_run(const struct pool_jobs *jobs, struct error *e);

#endif
