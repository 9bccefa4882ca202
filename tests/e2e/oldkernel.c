/*
 * oldkernel.c - runs a command as under a kernel that has less than this one.
 *
 *     oldkernel landlock|restrict|seccomp|privileges[,...] COMMAND [ARGUMENT]...
 *
 * Calls of the kind fail as they would there: Landlock altogether, or only when it is to be in
 * force; seccomp; no_new_privs. Of the test suite only. 77: this kernel has no seccomp to do it by.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset /* the same number everywhere */
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

#define ANY UINT32_MAX /* first argument */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW_HALF 4
#else
#define LOW_HALF 0
#endif
#define SKIP 77
#define USAGE 64
#define PROGRAM_MAX 64

/* Numbers of calls fit into 32 bits, as do the arguments meant here. */
static const struct missing {
	const char *word;
	uint32_t call, argument;
	int error;
} missing[] = {
	{ "landlock", SYS_landlock_create_ruleset, ANY, ENOSYS },
	{ "restrict", SYS_landlock_restrict_self, ANY, EOPNOTSUPP },
	{ "seccomp", SYS_seccomp, ANY, ENOSYS },
	{ "seccomp", SYS_prctl, PR_GET_SECCOMP, EINVAL },
	{ "seccomp", SYS_prctl, PR_SET_SECCOMP, EINVAL },
	{ "privileges", SYS_prctl, PR_SET_NO_NEW_PRIVS, EINVAL },
};

/* Instructions that make one kind of call fail. How many. */
static unsigned short
forbid(struct sock_filter *out, const struct missing *m)
{
	const struct sock_filter rule[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, m->call, 0, 3),
		BPF_STMT(
		    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]) + LOW_HALF),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, m->argument, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)m->error),
	};
	struct sock_filter any = BPF_STMT(BPF_LD | BPF_IMM, ANY);

	memcpy(out, rule, sizeof(rule));
	if (m->argument == ANY)
		out[2] = any;
	return sizeof(rule) / sizeof(*rule);
}

int
main(int argc, char **argv)
{
	struct sock_filter program[PROGRAM_MAX];
	struct sock_fprog filter = { .len = 0, .filter = program };
	const struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

	if (argc < 3)
		return USAGE;
	for (size_t i = 0; i < sizeof(missing) / sizeof(*missing); i++)
		if (strstr(argv[1], missing[i].word) != NULL)
			filter.len += forbid(program + filter.len, &missing[i]);
	if (filter.len == 0)
		return USAGE;
	program[filter.len++] = allow;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == -1) {
		perror("oldkernel");
		return SKIP;
	}
	(void)execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
