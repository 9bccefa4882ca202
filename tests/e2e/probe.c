/*
 * probe.c - tries what an intruder would, from inside the program that it is preloaded into.
 *
 * A shared object for LD_PRELOAD, of the test suite only. When the first bytes have come from the
 * network, it does what the environment says, and tells what came of it:
 *
 *     HAULMAIL_PROBE_LOG=FILE     add a line "ATTEMPT: RESULT" to FILE for each
 *     HAULMAIL_PROBE=A;B;...      the attempts: a word of the table below, and a path behind a
 *                                 blank if it takes one
 */
#define _GNU_SOURCE 1

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int report = -1;

/* ---- the attempts: 0, or -1 with errno ---- */

static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd != -1)
		(void)close(fd);
	return fd == -1 ? -1 : 0;
}

static int
try_read(const char *path)
{
	return try_open(path, O_RDONLY);
}

static int
try_write(const char *path)
{
	return try_open(path, O_WRONLY | O_APPEND);
}

static int
try_create(const char *path)
{
	return try_open(path, O_WRONLY | O_CREAT | O_EXCL);
}

static int
try_list(const char *path)
{
	DIR *dir = opendir(path);

	if (dir != NULL)
		(void)closedir(dir);
	return dir == NULL ? -1 : 0;
}

/* Into the directory that the program may write to, to be read there. */
static int
try_link(const char *path)
{
	return link(path, getenv("HAULMAIL_PROBE_LINK"));
}

static int
try_symlink(const char *path)
{
	return symlink("/etc/passwd", path);
}

static int
try_rename(const char *path)
{
	return rename(path, getenv("HAULMAIL_PROBE_LINK"));
}

static int
try_exec(const char *path)
{
	char *argv[] = { (char *)(size_t)path, NULL };
	pid_t pid;
	int err = posix_spawn(&pid, path, NULL, NULL, argv, environ);

	if (err == 0)
		(void)waitpid(pid, NULL, 0);
	errno = err;
	return err == 0 ? 0 : -1;
}

static int
try_trace(const char *unused)
{
	(void)unused;
	return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static int
try_mount(const char *path)
{
	return mount("none", path, "tmpfs", 0, NULL);
}

static int
try_namespace(const char *unused)
{
	(void)unused;
	return unshare(CLONE_NEWUSER);
}

static int
try_bpf(const char *unused)
{
	(void)unused;
	return (int)syscall(SYS_bpf, 0, NULL, 0);
}

static int
try_signal(const char *unused)
{
	(void)unused;
	return kill(getppid(), 0);
}

static int
try_listen(const char *unused)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), rc = listen(fd, 1), err = errno;

	(void)unused;
	(void)close(fd);
	errno = err;
	return rc;
}

/* To ask systemd, D-Bus or tmux for it. */
static int
try_local(const char *unused)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)unused;
	if (fd != -1)
		(void)close(fd);
	return fd == -1 ? -1 : 0;
}

/* What the user's shell will read; that there is no terminal is told otherwise than that it may
 * not be. */
static int
try_type(const char *unused)
{
	(void)unused;
	return ioctl(STDIN_FILENO, TIOCSTI, "x") == 0 || errno != EPERM ? 0 : -1;
}

static int
try_chmod(const char *path)
{
	return chmod(path, 0600);
}

static int
try_new_privileges(const char *unused)
{
	(void)unused;
	errno = EPERM;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? -1 : 0;
}

static const struct {
	const char *word;
	int (*try)(const char *path);
} attempts[] = {
	{ "read", try_read },
	{ "write", try_write },
	{ "create", try_create },
	{ "remove", unlink },
	{ "list", try_list },
	{ "link", try_link },
	{ "symlink", try_symlink },
	{ "rename", try_rename },
	{ "exec", try_exec },
	{ "trace", try_trace },
	{ "mount", try_mount },
	{ "namespace", try_namespace },
	{ "bpf", try_bpf },
	{ "signal", try_signal },
	{ "listen", try_listen },
	{ "local", try_local },
	{ "type", try_type },
	{ "chmod", try_chmod },
	{ "privileges", try_new_privileges },
};

static void
attempt(const char *what)
{
	size_t len = strcspn(what, " ");
	int rc = -1;

	errno = ENOENT;
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		if (strlen(attempts[i].word) == len && strncmp(what, attempts[i].word, len) == 0)
			rc = attempts[i].try(what + len + (what[len] == ' '));
	(void)dprintf(report, "%s: %s\n", what, rc == 0 ? "done" : strerror(errno));
}

static void
attempt_all(void)
{
	const char *list = getenv("HAULMAIL_PROBE");
	char *copy = strdup(list != NULL ? list : ""), *rest = copy, *what;

	while ((what = strsep(&rest, ";")) != NULL)
		attempt(what);
	free(copy);
}

/* ---- from outside ---- */

__attribute__((constructor)) static void
start(void)
{
	const char *path = getenv("HAULMAIL_PROBE_LOG");

	if (path != NULL)
		report = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	(void)unsetenv("LD_PRELOAD"); /* children are left alone */
}

ssize_t
recv(int fd, void *buf, size_t len, int flags)
{
	static ssize_t (*real)(int, void *, size_t, int);
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);
	ssize_t n;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "recv");
	n = real(fd, buf, len, flags);
	if (n > 0 && report != -1 && getpeername(fd, (struct sockaddr *)&peer, &size) == 0 &&
	    peer.ss_family == AF_INET) {
		attempt_all();
		(void)close(report);
		report = -1;
	}
	return n;
}
