#include "util/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/util.h"

#define NAP_MS 10 /* between looks at whether it has ended: most end with their output */

extern char **environ;

/* A shell with out_fd as its standard output. Returns 0 or an errno value. */
static int
spawn_shell(const char *command, int out_fd, pid_t *pid)
{
	char sh[] = "sh", flag[] = "-c";
	char *copy = strdup(command);
	char *argv[] = { sh, flag, copy, NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	sigset_t dfl, none;
	int rc;

	if (copy == NULL)
		return ENOMEM;
	(void)sigemptyset(&none);
	(void)sigemptyset(&dfl);
	(void)sigaddset(&dfl, SIGPIPE); /* ignored in haulmail; a child must not inherit that */
	(void)posix_spawnattr_init(&at);
	(void)posix_spawnattr_setsigdefault(&at, &dfl);
	(void)posix_spawnattr_setsigmask(&at, &none);
	(void)posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	(void)posix_spawn_file_actions_init(&fa);
	(void)posix_spawn_file_actions_adddup2(&fa, out_fd, STDOUT_FILENO); /* drops CLOEXEC */
	rc = posix_spawn(pid, "/bin/sh", &fa, &at, argv, environ);
	(void)posix_spawn_file_actions_destroy(&fa);
	(void)posix_spawnattr_destroy(&at);
	free(copy);
	return rc;
}

/* Reads until end of file; 0, or -1 with *e set. */
static int
read_output(int fd, struct buf *out, int64_t deadline_ms, enum errclass cls, struct error *e)
{
	for (;;) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		bool full = buf_reserve(out, 1) == -1;
		char more; /* only the end may come behind the last byte there is room for */
		ssize_t n;

		if (clock_left_ms(deadline_ms) == 0)
			return error_set(e, cls, "the command did not end in time");
		if (poll(&pfd, 1, clock_left_ms(deadline_ms)) <= 0)
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

/* Its output is at an end; it may go on for all that. Kills it at the deadline. */
static int
wait_for(pid_t pid, int64_t deadline_ms, enum errclass cls, struct error *e)
{
	int status, options = WNOHANG;
	pid_t got;

	while ((got = waitpid(pid, &status, options)) != pid) {
		if (got == -1 && errno != EINTR)
			return error_sys(e, cls, "waiting for the command");
		if (got == 0 && clock_left_ms(deadline_ms) > 0) {
			(void)poll(NULL, 0, MIN(clock_left_ms(deadline_ms), NAP_MS));
		} else if (got == 0) {
			(void)error_set(e, cls, "the command did not end in time");
			(void)kill(pid, SIGKILL);
			options = 0;
		}
	}
	if (WIFSIGNALED(status))
		return error_set(e, cls, "the command died by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return error_set(e, cls, "the command ended with status %d", WEXITSTATUS(status));
	return e->cls == ERR_OK ? 0 : -1;
}

int
child_output(
    const char *command, struct buf *out, int64_t deadline_ms, enum errclass cls, struct error *e)
{
	int fds[2], rc;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return error_sys(e, ERR_OS, "pipe");
	rc = spawn_shell(command, fds[1], &pid);
	(void)close(fds[1]);
	if (rc != 0) {
		(void)close(fds[0]);
		return error_set(e, cls, "/bin/sh: %s", strerror(rc));
	}
	rc = read_output(fds[0], out, deadline_ms, cls, e);
	(void)close(fds[0]);
	if (rc == -1)
		(void)kill(pid, SIGKILL);
	return wait_for(pid, deadline_ms, cls, e) == -1 || rc == -1 ? -1 : 0;
}
