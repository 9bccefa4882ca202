#include "util/stop.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "util/clock.h"
#include "util/util.h"

#define PAUSE_MAX_MS 100

static const int watched[] = { SIGINT, SIGTERM, SIGHUP };
static volatile sig_atomic_t asked; /* the signal's number */
static volatile sig_atomic_t private;
static int64_t asked_ms; /* when that was first seen */

static void
handle(int sig, const struct sigaction *sa)
{
	struct sigaction now;

	if (sigaction(sig, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
		(void)sigaction(sig, sa, NULL);
}

void
stop_unwatch(void)
{
	static const struct sigaction sa = { .sa_handler = SIG_DFL };

	for (size_t i = 0; i < nitems(watched); i++)
		handle(watched[i], &sa);
}

/* The first signal. Whichever comes second has its default action. */
static void
note(int sig, siginfo_t *si, void *context)
{
	(void)context;
	private = si->si_code <= 0; /* SI_USER and its kin; those of the kernel are above */
	asked = sig;
	stop_unwatch();
}

void
stop_watch(void)
{
	static const struct sigaction sa = { .sa_sigaction = note,
		.sa_flags = SA_RESTART | SA_SIGINFO };

	for (size_t i = 0; i < nitems(watched) && !stop_asked(); i++)
		handle(watched[i], &sa);
}

void
stop_pass_on(pid_t pid)
{
	if (private != 0)
		(void)kill(pid, asked);
}

bool
stop_asked(void)
{
	if (asked != 0 && asked_ms == 0)
		asked_ms = clock_ms();
	return asked != 0;
}

const char *
stop_name(void)
{
	switch (asked) {
	case SIGINT:
		return "SIGINT";
	case SIGTERM:
		return "SIGTERM";
	default:
		return "SIGHUP";
	}
}

int64_t
stop_deadline(int64_t deadline_ms)
{
	return stop_asked() ? MIN(deadline_ms, asked_ms + STOP_GRACE_MS) : deadline_ms;
}

/* The signals are blocked from the look at them on until ppoll(2) waits: none gets lost. */
int
stop_poll(struct pollfd *fds, nfds_t n, int64_t deadline_ms)
{
	bool was = stop_asked();
	sigset_t block, old;
	struct timespec ts;
	int rc, err, left;

	(void)sigemptyset(&block);
	for (size_t i = 0; i < nitems(watched); i++)
		(void)sigaddset(&block, watched[i]);
	(void)sigprocmask(SIG_BLOCK, &block, &old);
	if (stop_asked() && !was) {
		rc = -1;
		err = EINTR;
	} else {
		left = clock_left_ms(stop_deadline(deadline_ms));
		ts = (struct timespec){ .tv_sec = left / 1000,
			.tv_nsec = (long)(left % 1000) * 1000000L };
		block = old;
		(void)sigdelset(&block, SIGCHLD);
		rc = ppoll(fds, n, &ts, &block);
		err = errno;
	}
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	errno = err;
	return rc;
}

void
stop_pause(int64_t *ms)
{
	(void)stop_poll(NULL, 0, clock_ms() + *ms);
	*ms = MIN(*ms * 2, PAUSE_MAX_MS);
}

void
stop_die(void)
{
	if (!stop_asked())
		return;
	stop_unwatch();
	(void)raise(asked);
}
