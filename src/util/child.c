#include "util/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/core.h"
#include "util/mem.h"
#include "util/stop.h"

extern char **environ;

#define TERM_MS 1000 /* from SIGTERM to SIGKILL */

/* ---- waiting for its end ---- */

static void
note_child(int sig)
{
	(void)sig; /* all it has to do is to end a stop_poll() */
}

void
child_watch(void)
{
	struct sigaction sa = { .sa_handler = note_child, .sa_flags = SA_NOCLDSTOP };
	sigset_t chld;

	(void)sigemptyset(&chld);
	(void)sigaddset(&chld, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &chld, NULL);
	(void)sigaction(SIGCHLD, &sa, NULL);
}

static void
nap(void)
{
	static const struct timespec pause = { .tv_nsec = 10000000 };

	(void)nanosleep(&pause, NULL);
}

/* Waits until the child has ended or the deadline has passed; hasty: or the grace (stop.h). */
static bool
has_ended(pid_t pid, int64_t deadline_ms, bool hasty, int *status)
{
	pid_t got;

	while ((got = waitpid(pid, status, WNOHANG)) == 0) {
		if (clock_left_ms(hasty ? stop_deadline(deadline_ms) : deadline_ms) == 0)
			return false;
		if (stop_poll(NULL, 0, deadline_ms) == 0)
			nap(); /* it does not wait any more once the grace is over */
	}
	return got == pid;
}

/* ---- starting ---- */

/* How a program is started. */
struct start {
	const char *const *argv; /* ends in NULL; argv[0] is a path */
	char **env;
	int in, out, err; /* its standard input, output and error; -1: ours */
	bool own_group;
};

#define SHELL(command)                                                                             \
	(const char *const[])                                                                      \
	{                                                                                          \
		"/bin/sh", "-c", command, NULL                                                     \
	}

/*
 * Whether a person can be asked on the terminal. Whatever may have to ask stays in our process
 * group, as another one could not read there; and what is typed to end us ends that as well.
 */
static bool
is_at_terminal(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
	bool foreground = fd != -1 && tcgetpgrp(fd) == getpgrp();

	if (fd != -1)
		(void)close(fd);
	return foreground;
}

static int
spawn(const struct start *s, pid_t *pid, enum errclass cls, struct error *e)
{
	short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	sigset_t dfl, none;
	int rc;

	child_watch();
	(void)sigemptyset(&none);
	(void)sigemptyset(&dfl);
	(void)sigaddset(&dfl, SIGPIPE); /* ignored in haulmail; a child must not inherit that */
	(void)sigaddset(&dfl, SIGXFSZ);
	(void)posix_spawnattr_init(&at);
	(void)posix_spawnattr_setsigdefault(&at, &dfl);
	(void)posix_spawnattr_setsigmask(&at, &none);
	(void)posix_spawnattr_setflags(
	    &at, (short)(s->own_group ? flags | POSIX_SPAWN_SETPGROUP : flags));
	(void)posix_spawn_file_actions_init(&fa);
	if (s->in != -1) /* dup2 drops CLOEXEC */
		(void)posix_spawn_file_actions_adddup2(&fa, s->in, STDIN_FILENO);
	if (s->out != -1)
		(void)posix_spawn_file_actions_adddup2(&fa, s->out, STDOUT_FILENO);
	if (s->err != -1)
		(void)posix_spawn_file_actions_adddup2(&fa, s->err, STDERR_FILENO);
	core_lend();
	/* the strings are not changed: argv is declared as it is for old programs' sake */
	rc = posix_spawn(pid, s->argv[0], &fa, &at, (char *const *)(uintptr_t)s->argv, s->env);
	core_take_back();
	(void)posix_spawn_file_actions_destroy(&fa);
	(void)posix_spawnattr_destroy(&at);
	return rc == 0 ? 0 : error_set(e, cls, "%s: %s", s->argv[0], strerror(rc));
}

/* ---- ending it ---- */

static void
close_input(struct child *c)
{
	if (c->fd != -1)
		(void)close(c->fd);
	c->fd = -1;
}

/* The process, or all of its group. */
static pid_t
whom(const struct child *c)
{
	return c->own_group ? -c->pid : c->pid;
}

/* Waits until it is gone with all of its group, or the deadline has passed. */
static bool
all_have_ended(const struct child *c, int64_t deadline_ms)
{
	int status;

	for (;;) {
		(void)waitpid(c->pid, &status, WNOHANG);
		if (kill(whom(c), 0) == -1)
			return true;
		if (clock_left_ms(deadline_ms) == 0)
			return false;
		nap();
	}
}

void
child_kill(struct child *c)
{
	int status;

	close_input(c);
	(void)kill(whom(c), SIGTERM);
	if (all_have_ended(c, clock_ms() + TERM_MS))
		return;
	(void)kill(whom(c), SIGKILL);
	(void)has_ended(c->pid, clock_ms() + TERM_MS, false, &status);
}

/* ---- its environment ---- */

static bool
has_name_of(const char *variable, const char *const *env)
{
	size_t len = strcspn(variable, "=");

	for (; *env != NULL; env++)
		if (strncmp(*env, variable, len) == 0 && (*env)[len] == '=')
			return true;
	return false;
}

/* The environment with env in it: a new array of borrowed strings. */
static char **
environment_with(const char *const *env)
{
	size_t n = 0, most = 1;
	char **all;

	for (char **v = environ; *v != NULL; v++)
		most++;
	for (const char *const *v = env; *v != NULL; v++)
		most++;
	all = xcalloc(most, sizeof(*all));
	for (char **v = environ; *v != NULL; v++)
		if (!has_name_of(*v, env))
			all[n++] = *v;
	for (const char *const *v = env; *v != NULL; v++)
		all[n++] = (char *)(uintptr_t)*v;
	return all;
}

/* ---- output of a command ---- */

/* Reads until end of file; 0, or -1 with *e set. */
static int
read_output(int fd, struct buf *out, int64_t deadline_ms, enum errclass cls, struct error *e)
{
	for (;;) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		bool full = buf_reserve(out, 1) == -1;
		char more; /* only the end may come behind the last byte there is room for */
		ssize_t n;

		if (clock_left_ms(stop_deadline(deadline_ms)) == 0)
			return error_set(e, cls, "the command did not end in time");
		if (stop_poll(&pfd, 1, deadline_ms) <= 0)
			continue;
		n = full ? read(fd, &more, 1) : read(fd, out->p + out->len, out->cap - out->len);
		if (n == 0)
			return 0;
		if (n > 0 && full)
			return error_set(
			    e, cls, "the command printed more than %zu bytes", out->max);
		if (n > 0)
			out->len += (size_t)n;
		else if (errno != EINTR && errno != EAGAIN)
			return error_sys(e, cls, "reading from the command");
	}
}

/* Its output is at an end; it may go on for all that, up to the deadline. */
static int
end_command(struct child *c, int64_t deadline_ms, enum errclass cls, struct error *e)
{
	int status;

	if (!has_ended(c->pid, deadline_ms, true, &status)) {
		child_kill(c);
		return error_set(e, cls, "the command did not end in time");
	}
	if (WIFSIGNALED(status))
		return error_set(e, cls, "the command died by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return error_set(e, cls, "the command ended with status %d", WEXITSTATUS(status));
	return 0;
}

int
child_output(const char *command, const char *const *env, struct buf *out, int64_t deadline_ms,
    enum errclass cls, struct error *e)
{
	static const char *const nothing[] = { NULL };
	struct start start = { .argv = SHELL(command), .in = -1, .err = -1 };
	struct child c = { .fd = -1, .own_group = !is_at_terminal() };
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return error_sys(e, ERR_OS, "pipe");
	start.out = fds[1];
	start.own_group = c.own_group;
	start.env = environment_with(env != NULL ? env : nothing);
	rc = spawn(&start, &c.pid, cls, e);
	free(start.env);
	(void)close(fds[1]);
	if (rc == -1) {
		(void)close(fds[0]);
		return -1;
	}
	rc = read_output(fds[0], out, deadline_ms, cls, e);
	(void)close(fds[0]);
	if (rc == -1) {
		child_kill(&c);
		return -1;
	}
	return end_command(&c, deadline_ms, cls, e);
}

/* ---- input for a command ---- */

int
child_start(struct child *c, const char *command, const char *const *env, struct error *e)
{
	struct start start = {
		.argv = SHELL(command), .out = STDERR_FILENO, .err = -1, .own_group = true
	};
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return error_sys(e, ERR_TEMP, "pipe");
	start.in = fds[0];
	start.env = environment_with(env);
	rc = spawn(&start, &c->pid, ERR_TEMP, e);
	free(start.env);
	(void)close(fds[0]);
	if (rc == -1) {
		(void)close(fds[1]);
		return -1;
	}
	c->fd = fds[1];
	c->own_group = true;
	(void)fcntl(c->fd, F_SETFL, O_NONBLOCK);
	return 0;
}

/* Whether it has ended; it is still to be waited for. */
static bool
is_dead(pid_t pid, siginfo_t *si)
{
	si->si_pid = 0;
	return waitid(P_PID, (id_t)pid, si, WEXITED | WNOHANG | WNOWAIT) == 0 && si->si_pid == pid;
}

void
child_tell_end(const struct child *c, char *out, size_t size)
{
	siginfo_t si;

	*out = '\0';
	if (is_dead(c->pid, &si))
		(void)snprintf(out, size,
		    si.si_code == CLD_EXITED ? "the command ended with status %d"
					     : "the command died by signal %d",
		    si.si_status);
}

int
child_write(struct child *c, struct slice bytes, int64_t timeout_ms, struct error *e)
{
	int64_t deadline_ms = clock_ms() + timeout_ms;
	siginfo_t si;

	while (bytes.len > 0) {
		struct pollfd pfd = { .fd = c->fd, .events = POLLOUT };
		ssize_t n = write(c->fd, bytes.p, bytes.len);

		if (n > 0) {
			bytes.p += n;
			bytes.len -= (size_t)n;
			deadline_ms = clock_ms() + timeout_ms;
		} else if (n == -1 && errno == EPIPE) {
			return 1;
		} else if (n == -1 && errno != EAGAIN && errno != EINTR) {
			return error_sys(e, ERR_TEMP, "writing to the command");
		} else if (is_dead(c->pid, &si)) {
			return 1; /* and left its input to somebody in the background */
		} else if (clock_left_ms(stop_deadline(deadline_ms)) == 0) {
			return error_set(e, ERR_TEMP, "the command does not read on");
		} else {
			(void)stop_poll(&pfd, 1, deadline_ms);
		}
	}
	return 0;
}

static int
wait_or_kill(struct child *c, int64_t deadline_ms, bool hasty, int *status, struct error *e)
{
	close_input(c);
	if (has_ended(c->pid, deadline_ms, hasty, status))
		return 0;
	child_kill(c);
	return error_set(e, ERR_TEMP, "the command did not end in time");
}

int
child_wait(struct child *c, int64_t deadline_ms, int *status, struct error *e)
{
	return wait_or_kill(c, deadline_ms, true, status, e);
}

/* ---- both ---- */

/* One socket is its input and output: fds as of socketpair(2), err as of pipe(2). */
static int
connect_to(struct child *c, struct start *start, const int fds[2], const int err[2],
    const char *const *env, struct error *e)
{
	int rc;

	start->in = start->out = fds[1];
	start->err = err[1];
	start->own_group = !is_at_terminal();
	start->env = environment_with(env);
	rc = spawn(start, &c->pid, ERR_TEMP, e);
	free(start->env);
	c->fd = fds[0];
	c->own_group = start->own_group;
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
	(void)fcntl(err[0], F_SETFL, O_NONBLOCK);
	return rc;
}

int
child_connect(
    struct child *c, const char *command, const char *const *env, int *err_fd, struct error *e)
{
	struct start start = { .argv = SHELL(command) };
	int fds[2], err[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		return error_sys(e, ERR_TEMP, "socketpair");
	if (pipe2(err, O_CLOEXEC) == -1) {
		(void)error_sys(e, ERR_TEMP, "pipe");
		(void)close(fds[0]);
		(void)close(fds[1]);
		return -1;
	}
	if (connect_to(c, &start, fds, err, env, e) == -1) {
		(void)close(fds[0]);
		(void)close(err[0]);
		c->fd = -1;
	}
	(void)close(fds[1]);
	(void)close(err[1]);
	*err_fd = err[0];
	return c->fd == -1 ? -1 : 0;
}

/* ---- neither ---- */

int
child_run(const char *const *argv, int64_t deadline_ms, int *status, struct error *e)
{
	struct start start = { .argv = argv, .env = environ, .out = STDERR_FILENO, .err = -1 };
	struct child c = { .fd = -1, .own_group = true };
	int rc;

	start.in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	start.own_group = true;
	rc = spawn(&start, &c.pid, ERR_TEMP, e);
	if (start.in != -1)
		(void)close(start.in);
	return rc == -1 ? -1 : wait_or_kill(&c, deadline_ms, false, status, e);
}
