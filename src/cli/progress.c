#include "cli/progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/io.h"
#include "util/units.h"
#include "util/util.h"

#define FIRST_MS 200   /* what is done by then needs no line */
#define BETWEEN_MS 100 /* two lines */
#define RATE_MS 500    /* the rate is looked at so often, and then smoothed */
#define COLUMNS 80     /* of a terminal that does not say */
#define ERASE_REST "\033[K"

/* Written by the process that serves the account, read by the one that draws. */
struct slot {
	char name[64];
	_Atomic bool busy;
	_Atomic size_t taken, messages;
	_Atomic uint64_t bytes, total;
};

/* A process has one standard error, and so one line. */
static struct {
	struct slot *slots;
	size_t n;
	bool shared;
	int64_t begun_ms; /* when there was something to tell first; 0: there was not */
	int64_t drawn_ms, rated_ms;
	uint64_t rated_bytes, rate;
	char line[PROGRESS_LINE_MAX]; /* what stands there; empty: nothing */
} the;

/* ---- the line ---- */

/* Adds a part if it fits; whatever comes behind one that does not is left out, too. */
__attribute__((format(printf, 3, 4))) static bool
add(char *line, size_t columns, const char *fmt, ...)
{
	size_t len = strlen(line);
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line + len, PROGRESS_LINE_MAX - len, fmt, ap);
	va_end(ap);
	if (n >= 0 && len + (size_t)n <= columns && len + (size_t)n < PROGRESS_LINE_MAX)
		return true;
	line[len] = '\0';
	return false;
}

static bool
add_time_left(char *line, size_t columns, const struct progress_view *v)
{
	uint64_t left =
	    v->done.total > v->done.bytes ? (v->done.total - v->done.bytes) / v->rate : 0;

	if (left >= 3600)
		return add(line, columns, ", %" PRIu64 ":%02u:%02u left", left / 3600,
		    (unsigned)(left / 60 % 60), (unsigned)(left % 60));
	return add(line, columns, ", %u:%02u left", (unsigned)(left / 60), (unsigned)(left % 60));
}

const char *
progress_format(char out[static PROGRESS_LINE_MAX], size_t columns, const struct progress_view *v)
{
	char bytes[UNITS_MAX], total[UNITS_MAX], rate[UNITS_MAX];

	*out = '\0';
	if (v->name != NULL)
		(void)add(out, columns / 2, "%s: ", v->name);
	else
		(void)add(out, columns / 2, "%zu accounts: ", v->accounts);
	if (add(out, columns, "%zu of %zu", v->done.taken, v->done.messages) &&
	    add(out, columns, ", %s of %s", size_human(bytes, v->done.bytes),
		size_human(total, v->done.total)) &&
	    v->rate > 0 && add(out, columns, ", %s/s", size_human(rate, v->rate)))
		(void)add_time_left(out, columns, v);
	return out;
}

/* ---- what there is to tell ---- */

/* The sum of all accounts from which mail is coming; false without any. */
static bool
look(struct progress_view *v)
{
	*v = (struct progress_view){ .accounts = 0 };
	for (size_t i = 0; i < the.n; i++) {
		const struct slot *s = &the.slots[i];

		if (!s->busy)
			continue;
		v->name = v->accounts++ == 0 ? s->name : NULL;
		v->done.taken += s->taken;
		v->done.messages += s->messages;
		v->done.bytes += s->bytes;
		v->done.total += s->total;
	}
	return v->accounts > 0;
}

/* An account that has ended takes its bytes along: then the count begins anew. */
static uint64_t
rate_now(uint64_t bytes, int64_t now)
{
	int64_t ms = now - the.rated_ms;

	if (bytes < the.rated_bytes || the.rated_ms == 0) {
		the.rated_bytes = bytes;
		the.rated_ms = now;
	} else if (ms >= RATE_MS) {
		uint64_t latest = (bytes - the.rated_bytes) * 1000 / (uint64_t)ms;

		the.rate = the.rate == 0 ? latest : (2 * the.rate + latest) / 3;
		the.rated_bytes = bytes;
		the.rated_ms = now;
	}
	return the.rate;
}

/* ---- the terminal ---- */

bool
progress_is_wanted(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term != NULL && *term != '\0' && strcmp(term, "dumb") != 0;
}

/* One less than there are: a terminal may begin a new line behind its last column. */
static size_t
columns(void)
{
	struct winsize ws;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == -1 || ws.ws_col == 0)
		return COLUMNS - 1;
	return MIN((size_t)ws.ws_col, (size_t)PROGRESS_LINE_MAX) - 1;
}

/* In the background a terminal is somebody else's. */
static bool
is_ours(void)
{
	return tcgetpgrp(STDERR_FILENO) == getpgrp();
}

void
progress_draw(void)
{
	char line[PROGRESS_LINE_MAX], out[PROGRESS_LINE_MAX + sizeof("\r" ERASE_REST)];
	int64_t now = clock_ms();
	struct progress_view v;
	int n;

	if (!look(&v)) {
		progress_clear();
		the.begun_ms = the.rated_ms = 0;
		the.rate = 0;
		return;
	}
	if (the.begun_ms == 0)
		the.begun_ms = now;
	v.rate = rate_now(v.done.bytes, now);
	if (now - the.begun_ms < FIRST_MS || now - the.drawn_ms < BETWEEN_MS || !is_ours())
		return;
	the.drawn_ms = now;
	if (strcmp(progress_format(line, columns(), &v), the.line) == 0)
		return;
	n = snprintf(out, sizeof(out), "\r%s" ERASE_REST, line);
	(void)write_all(STDERR_FILENO, out, (size_t)n);
	(void)strlcpy(the.line, line, sizeof(the.line));
}

void
progress_clear(void)
{
	static const char erase[] = "\r" ERASE_REST;

	if (*the.line != '\0' && is_ours())
		(void)write_all(STDERR_FILENO, erase, sizeof(erase) - 1);
	*the.line = '\0';
}

/* ---- from the engine ---- */

bool
progress_start(size_t n, bool shared)
{
	size_t size = MAX(n, (size_t)1) * sizeof(*the.slots);
	void *p =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, (off_t)0);

	if (p == MAP_FAILED)
		return false;
	memset(&the, 0, sizeof(the));
	the.slots = p;
	the.n = n;
	the.shared = shared;
	return true;
}

void
progress_end(void)
{
	progress_clear();
	if (the.slots != NULL)
		(void)munmap(the.slots, MAX(the.n, (size_t)1) * sizeof(*the.slots));
	memset(&the, 0, sizeof(the));
}

void *
progress_slot(size_t i, const char *name)
{
	(void)strlcpy(the.slots[i].name, name, sizeof(the.slots[i].name));
	return &the.slots[i];
}

void
progress_report(void *ctx, const struct engine_progress *p)
{
	struct slot *s = ctx;

	s->taken = p->taken;
	s->messages = p->messages;
	s->bytes = p->bytes;
	s->total = p->total;
	s->busy = true;
	if (!the.shared)
		progress_draw();
}

void
progress_account_done(size_t i)
{
	if (i >= the.n)
		return;
	the.slots[i].busy = false;
	if (!the.shared)
		progress_draw(); /* nothing */
}
