#include "util/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef HAVE_LINUX_LANDLOCK_H
#include <linux/landlock.h>
#endif
#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif

#include "util/log.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/util.h"

struct rule {
	char *path;
	enum sandbox_access access;
};

struct sandbox {
	struct rule *rules;
	size_t n;
	struct twin_job *jobs;
	size_t njobs;
	bool local_sockets;
	char *obstacle; /* NULL: none */
};

/* ---- gathering ---- */

struct sandbox *
sandbox_new(void)
{
	struct sandbox *s = xcalloc(1, sizeof(*s));

#ifdef SANDBOX_ALSO /* what a build with sanitizers reads, and one for coverage writes */
	char *also = xstrdup(SANDBOX_ALSO), *rest = also, *path;

	while ((path = strsep(&rest, ":")) != NULL)
		sandbox_allow(s, path, SANDBOX_WRITE);
	free(also);
#endif
	return s;
}

void
sandbox_free(struct sandbox *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->rules[i].path);
	free(s->rules);
	free(s->jobs);
	free(s->obstacle);
	free(s);
}

/* The path, or what of it exists. A new string. */
static char *
nearest(const char *path)
{
	char *here = xstrdup(path);
	struct stat st;

	while (stat(here, &st) == -1 && (errno == ENOENT || errno == ENOTDIR) &&
	       strcmp(here, "/") != 0 && strcmp(here, ".") != 0) {
		char *up = path_dirname(here);

		free(here);
		here = up;
	}
	return here;
}

static bool
has_rule(const struct sandbox *s, const char *path, enum sandbox_access access)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->rules[i].access == access && strcmp(s->rules[i].path, path) == 0)
			return true;
	return false;
}

void
sandbox_allow(struct sandbox *s, const char *path, enum sandbox_access access)
{
	char *here = access == SANDBOX_WRITE ? nearest(path) : xstrdup(path);

	if (has_rule(s, here, access)) {
		free(here);
		return;
	}
	s->rules = xreallocarray(s->rules, s->n + 1, sizeof(*s->rules));
	s->rules[s->n++] = (struct rule){ .path = here, .access = access };
}

void
sandbox_allow_local_sockets(struct sandbox *s)
{
	s->local_sockets = true;
}

void
sandbox_prevent(struct sandbox *s, const char *why)
{
	if (s->obstacle == NULL)
		s->obstacle = xstrdup(why);
}

void
sandbox_delegate(struct sandbox *s, twin_work *work, void *ctx)
{
	s->jobs = xreallocarray(s->jobs, s->njobs + 1, sizeof(*s->jobs));
	s->jobs[s->njobs++] = (struct twin_job){ .work = work, .ctx = ctx };
}

/* ---- files: Landlock ---- */

#ifdef HAVE_LINUX_LANDLOCK_H

/* The kernel may be newer than the header that this is built with. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13) /* version 2, Linux 5.19 */
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14) /* version 3, Linux 6.2 */
#endif
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0) /* version 6, Linux 6.12 */
#define SCOPE_SIGNAL (1ULL << 1)

#define FILE_RIGHTS                                                                                \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define WRITE_RIGHTS                                                                               \
	(FILE_RIGHTS | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |              \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REFER)

/* struct landlock_ruleset_attr, as long as the kernel's version of it. */
struct ruleset {
	uint64_t files, net, scoped;
};

/* 0: the kernel has none. */
static long
landlock_version(void)
{
	long version =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return MAX(version, 0L);
}

/* The first version lets nobody rename from one directory to another, as Maildirs want it. */
static bool
landlock_is_there(void)
{
	return landlock_version() >= 2;
}

/* Everything that the kernel can forbid. */
static uint64_t
all_rights(long version)
{
	uint64_t rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1; /* the first version's last */

	if (version >= 2)
		rights |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
	return rights;
}

static uint64_t
rights_of(const struct rule *r, bool is_dir, uint64_t known)
{
	static const uint64_t rights[] = {
		[SANDBOX_READ] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
		[SANDBOX_LIST] = LANDLOCK_ACCESS_FS_READ_DIR,
		[SANDBOX_WRITE] = WRITE_RIGHTS,
	};

	return rights[r->access] & known & (is_dir ? ~UINT64_C(0) : FILE_RIGHTS);
}

/* What is not there, or not for us, needs no rule: whoever opens it will be told so. */
static bool
is_missing(int err)
{
	return err == ENOENT || err == ENOTDIR || err == EACCES || err == ELOOP ||
	       err == ENAMETOOLONG;
}

static int
add_rule(int ruleset, const struct rule *r, uint64_t known, struct error *e)
{
	struct landlock_path_beneath_attr attr;
	struct stat st;
	int fd, rc = 0;

	do {
		fd = open(r->path, O_PATH | O_CLOEXEC);
	} while (fd == -1 && errno == EINTR);
	if (fd == -1)
		return is_missing(errno) ? 0 : error_sys(e, ERR_TEMP, "%s", r->path);
	if (fstat(fd, &st) == -1) {
		rc = error_sys(e, ERR_TEMP, "%s", r->path);
	} else {
		attr = (struct landlock_path_beneath_attr){ .parent_fd = fd,
			.allowed_access = rights_of(r, S_ISDIR(st.st_mode), known) };
		if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &attr, 0) ==
		    -1)
			rc = error_sys(e, ERR_TEMP, "%s: not to be had in the sandbox", r->path);
	}
	(void)close(fd);
	return rc;
}

static int
confine_files(const struct sandbox *s, struct error *e)
{
	long version = landlock_version();
	struct ruleset attr = { .files = all_rights(version) };
	size_t size = version >= 6 ? sizeof(attr) : sizeof(attr.files);
	int fd, rc = 0;

	if (!landlock_is_there())
		return 0;
	if (version >= 6)
		attr.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	if ((fd = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0)) == -1)
		return error_sys(e, ERR_TEMP, "the sandbox cannot be made");
	for (size_t i = 0; i < s->n && rc == 0; i++)
		rc = add_rule(fd, &s->rules[i], attr.files, e);
	if (rc == 0 && syscall(SYS_landlock_restrict_self, fd, 0) == -1)
		log_info("the kernel does not confine us to our files: %s", strerror(errno));
	(void)close(fd);
	return rc;
}

#else

static long
landlock_version(void)
{
	return 0;
}

static bool
landlock_is_there(void)
{
	return false;
}

static int
confine_files(const struct sandbox *s, struct error *e)
{
	(void)s;
	(void)e;
	return 0;
}

#endif

/* ---- system calls: seccomp ---- */

#ifdef HAVE_SECCOMP

/* What a fetcher of mail has no business with, whatever has got hold of it. */
static const char *const forbidden[] = {
	"execve",
	"execveat", /* programs */
	"process_vm_readv",
	"process_vm_writev",
	"pidfd_getfd", /* other processes */
	"process_madvise",
	"kcmp",
	"perf_event_open",
#ifndef SANDBOX_ALSO /* the leak detector looks at us by it */
	"ptrace",
#endif
	"mount",
	"umount",
	"umount2",
	"pivot_root",
	"chroot", /* the view of the files */
	"fsopen",
	"fsconfig",
	"fsmount",
	"fspick",
	"move_mount",
	"open_tree",
	"mount_setattr",
	"open_by_handle_at",
	"setns",
	"unshare",
	"quotactl",
	"quotactl_fd",
	"swapon",
	"swapoff",
	"personality",
	"add_key",
	"request_key",
	"keyctl", /* the kernel's keys */
	"bpf",
	"userfaultfd",
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register", /* itself */
	"init_module",
	"finit_module",
	"delete_module",
	"create_module",
	"kexec_load",
	"kexec_file_load",
	"reboot",
	"acct",
	"syslog",
	"ioperm",
	"iopl",
	"modify_ldt",
	"uselib",
	"vhangup",
	"lookup_dcookie",
	"nfsservctl",
	"settimeofday",
	"clock_settime",
	"clock_adjtime",
	"adjtimex",
	"stime",
	"sethostname",
	"setdomainname",
	"listen",
	"accept",
	"accept4", /* we call, and are not called */
	/* what files are like; Landlock knows nothing of that, nor, before version 3, of truncate()
	 */
	"chmod",
	"fchmod",
	"fchmodat",
	"fchmodat2",
	"chown",
	"fchown",
	"lchown",
	"fchownat",
	"chown32",
	"fchown32",
	"lchown32",
	"setxattr",
	"lsetxattr",
	"fsetxattr",
	"setxattrat",
	"removexattr",
	"lremovexattr",
	"fremovexattr",
	"removexattrat",
	"utime",
	"utimes",
	"futimesat",
	"utimensat",
	"utimensat_time64",
	"truncate",
	"truncate64",
};

/* Of these calls only some are dangerous. The kernel looks at 32 bits of their arguments. */
static void
forbid_arguments(scmp_filter_ctx filter, bool local_sockets)
{
	static const scmp_datum_t word = 0xffffffff;

	/* typing what the user's shell would run when we have ended */
	(void)seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
	    SCMP_A1(SCMP_CMP_MASKED_EQ, word, (scmp_datum_t)TIOCSTI));
	(void)seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
	    SCMP_A1(SCMP_CMP_MASKED_EQ, word, (scmp_datum_t)TIOCLINUX));
	/* asking the user's own servers for that: systemd, D-Bus, ssh-agent, tmux */
	if (!local_sockets)
		(void)seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, word, (scmp_datum_t)AF_UNIX));
}

/* Names that this architecture or this version of the library does not know are no danger here. */
static void
confine_calls(const struct sandbox *s)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (filter == NULL)
		return;
	for (size_t i = 0; i < nitems(forbidden); i++) {
		int call = seccomp_syscall_resolve_name(forbidden[i]);

		if (call != __NR_SCMP_ERROR)
			(void)seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0);
	}
	forbid_arguments(filter, s->local_sockets);
	if (seccomp_load(filter) < 0)
		log_info("the kernel takes no filter of system calls");
	seccomp_release(filter);
}

static bool
seccomp_is_there(void)
{
	return prctl(PR_GET_SECCOMP) != -1;
}

#else

static void
confine_calls(const struct sandbox *s)
{
	(void)s;
}

static bool
seccomp_is_there(void)
{
	return false;
}

#endif

/* ---- the whole ---- */

int
sandbox_enter(const struct sandbox *s, struct error *e)
{
	if (s->obstacle != NULL)
		return 0;
	if (twin_start(s->jobs, s->njobs, e) == -1)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) {
		log_info("the kernel does not confine us: %s", strerror(errno));
		return 0;
	}
	if (confine_files(s, e) == -1)
		return -1;
	confine_calls(s);
	return 0;
}

/* Which files can be written, in words. */
static void
describe_files(const struct sandbox *s, struct buf *out)
{
	const char *before = "only files in ";

	if (!landlock_is_there()) {
		(void)buf_addstr(out, "all files, as the system has no Landlock");
		return;
	}
	for (size_t i = 0; i < s->n; i++)
		if (s->rules[i].access == SANDBOX_WRITE) {
			(void)buf_addf(out, "%s%s", before, s->rules[i].path);
			before = ", ";
		}
	if (*before == 'o')
		(void)buf_addstr(out, "no files");
}

void
sandbox_describe(const struct sandbox *s, struct buf *out)
{
	if (s->obstacle != NULL) {
		(void)buf_addf(out, "off: %s", s->obstacle);
		return;
	}
	if (!landlock_is_there() && !seccomp_is_there()) {
		(void)buf_addstr(out, "none: the system has neither Landlock nor seccomp");
		return;
	}
	describe_files(s, out);
	(void)buf_addstr(
	    out, seccomp_is_there() ? "; no programs" : "; programs, as there is no seccomp");
}

void
sandbox_describe_system(struct buf *out)
{
	if (landlock_is_there())
		(void)buf_addf(out, "Landlock %ld", landlock_version());
	if (seccomp_is_there())
		(void)buf_addstr(out, out->len > 0 ? ", seccomp" : "seccomp");
	if (out->len == 0)
		(void)buf_addstr(out, "none");
}
