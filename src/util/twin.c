#include "util/twin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "util/mem.h"
#include "util/stop.h"
#include "util/util.h"

#define TWIN_FD (STDERR_FILENO + 1) /* the twin's end of the connection */

/* What goes from here to there, and back with the bytes of the reply behind it. */
struct request {
	int job, verb;
};

struct answer {
	int rc;
	struct error error;
};

/* A process has at most one. */
static struct {
	struct twin_job *jobs;
	size_t n;
	pid_t pid; /* 0: none runs */
	int fd;
} the;

/* ---- the twin ---- */

static bool
transfer(struct answer *answer, struct buf *reply, bool out)
{
	struct iovec iov[] = { { answer, sizeof(*answer) },
		{ reply->p, out ? reply->len : reply->cap } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = nitems(iov) };
	int fd = out ? TWIN_FD : the.fd;
	ssize_t n;

	do {
		n = out ? sendmsg(fd, &msg, MSG_NOSIGNAL) : recvmsg(fd, &msg, 0);
	} while (n == -1 && errno == EINTR);
	if (n < (ssize_t)sizeof(*answer))
		return false;
	reply->len = (size_t)n - sizeof(*answer);
	return true;
}

static bool
serve(const struct request *r)
{
	struct answer answer = { .rc = -1, .error.cls = ERR_OK };
	struct buf reply = BUF_INIT(TWIN_REPLY_MAX);
	bool sent = false;

	(void)buf_reserve(&reply, TWIN_REPLY_MAX);
	if (r->job >= 0 && (size_t)r->job < the.n) {
		const struct twin_job *job = &the.jobs[r->job];

		answer.rc = job->work(job->ctx, r->verb, &reply, &answer.error);
		sent = transfer(&answer, &reply, true);
	}
	buf_wipe(&reply);
	return sent;
}

/* Nothing of what the other process has open is held open here: its locks end with it. */
__attribute__((noreturn)) static void
live(int fd)
{
	struct error ignored = { .cls = ERR_OK };
	struct request r;
	ssize_t n;

	closelog(); /* its descriptor may be that one */
	(void)dup2(fd, TWIN_FD);
	closefrom(TWIN_FD + 1);
	(void)fcntl(TWIN_FD, F_SETFD, FD_CLOEXEC);
	stop_watch();
	do {
		n = recv(TWIN_FD, &r, sizeof(r), 0);
	} while ((n == -1 && errno == EINTR) || (n == (ssize_t)sizeof(r) && serve(&r)));
	for (size_t i = 0; i < the.n; i++)
		(void)the.jobs[i].work(the.jobs[i].ctx, TWIN_END, NULL, &ignored);
	_exit(0);
}

/* ---- whoever asks it ---- */

int
twin_start(const struct twin_job *jobs, size_t n, struct error *e)
{
	int fds[2];

	if (n == 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1)
		return error_sys(e, ERR_TEMP, "socketpair");
	the.jobs = xreallocarray(NULL, n, sizeof(*jobs));
	memcpy(the.jobs, jobs, n * sizeof(*jobs));
	the.n = n;
	(void)fflush(NULL);
	if ((the.pid = fork()) == 0)
		live(fds[1]);
	(void)close(fds[1]);
	the.fd = fds[0];
	if (the.pid != -1)
		return 0;
	(void)error_sys(e, ERR_TEMP, "cannot start a process");
	the.pid = 0;
	(void)close(the.fd);
	twin_stop();
	return -1;
}

int
twin_find(twin_work *work, const void *ctx)
{
	for (size_t i = 0; the.pid != 0 && i < the.n; i++)
		if (the.jobs[i].work == work && the.jobs[i].ctx == ctx)
			return (int)i;
	return -1;
}

/* In one piece or not at all, as with all messages of this kind of socket. */
static bool
send_request(const struct request *r)
{
	struct iovec iov = { (void *)(uintptr_t)r, sizeof(*r) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	do {
		n = sendmsg(the.fd, &msg, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	return n == (ssize_t)sizeof(*r);
}

int
twin_ask(int job, int verb, struct buf *reply, struct error *e)
{
	struct request r = { job, verb };
	struct answer answer;
	struct buf none = BUF_INIT(1);

	if (reply != NULL)
		(void)buf_reserve(reply, reply->max);
	if (!send_request(&r) || !transfer(&answer, reply != NULL ? reply : &none, false)) {
		(void)shutdown(the.fd, SHUT_RDWR); /* no answer may be taken for another one's */
		return error_set(e, ERR_TEMP, "the process that does it for us has died");
	}
	if (answer.error.cls != ERR_OK)
		(void)error_set(e, answer.error.cls, "%s", answer.error.msg);
	return answer.rc;
}

void
twin_stop(void)
{
	if (the.pid != 0) {
		(void)close(the.fd);
		while (waitpid(the.pid, NULL, 0) == -1 && errno == EINTR)
			;
	}
	free(the.jobs);
	memset(&the, 0, sizeof(the));
}
