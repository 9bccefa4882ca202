#include "util/core.h"

#include <stdbool.h>
#include <sys/resource.h>

static bool forbidden;
static rlim_t original;

static void
set_limit(rlim_t soft)
{
	struct rlimit limit;

	if (forbidden && getrlimit(RLIMIT_CORE, &limit) == 0) {
		limit.rlim_cur = soft;
		(void)setrlimit(RLIMIT_CORE, &limit);
	}
}

void
core_forbid(void)
{
	struct rlimit limit;

	if (forbidden || getrlimit(RLIMIT_CORE, &limit) == -1)
		return;
	original = limit.rlim_cur;
	forbidden = true;
	set_limit(0);
}

void
core_lend(void)
{
	set_limit(original);
}

void
core_take_back(void)
{
	set_limit(0);
}
