/* Config files: sections, what they leave to each other, and every problem at its place. */
#include "unit.h"

#include "config/config.h"
#include "config/options.h"

static int
set_environment(void **state)
{
	(void)state;
	return setenv("HOME", "/home/alice", 1) | setenv("MAIL", "/var/mail/alice", 1) |
	       unsetenv("XDG_STATE_HOME") | unsetenv("XDG_CONFIG_HOME") |
	       unsetenv("NO_SUCH_VARIABLE");
}

static void
write_config(void **state, const char *name, const char *text)
{
	write_file(in_dir(*state, name), text, strlen(text), 0600);
}

static struct config *
load(void **state, const char *text)
{
	write_config(state, "config", text);
	return config_load(in_dir(*state, "config"), NULL);
}

/* A config that has no problem. */
static struct config *
load_sound(void **state, const char *text)
{
	struct config *c = load(state, text);

	if (!TAILQ_EMPTY(&c->problems))
		fail_msg("%s", TAILQ_FIRST(&c->problems)->text);
	return c;
}

/*
 * Whether the problems are those of want, a line each: the beginning of the problem is enough, and
 * behind a "*" words that occur later in it. In both, files go by their names in the directory.
 */
static void
check_problems(void **state, const struct config *c, const char *want)
{
	struct slice rest = slice_str(want);
	size_t dir = strlen(*state) + 1;
	const struct problem *p;

	TAILQ_FOREACH(p, &c->problems, link) {
		struct slice line = slice_line(&rest);
		const char *text = p->text, *star = memchr(line.p, '*', line.len);
		size_t head = star != NULL ? (size_t)(star - line.p) : line.len;

		if (strncmp(text, *state, dir - 1) == 0)
			text += dir;
		assert_row(line.len > 0 && strncmp(text, line.p, head) == 0 &&
			       (star == NULL || memmem(text, strlen(text), star + 1,
						    line.len - head - 1) != NULL),
		    "\"%s\", where \"%.*s\" was expected", text, (int)line.len, line.p);
		assert_null(strchr(text, '\n'));
	}
	assert_row(rest.len == 0, "not told: %s", rest.p);
}

static void
check_text(void **state, const char *text, const char *want)
{
	struct config *c = load(state, text);

	check_problems(state, c, want);
	config_free(c);
}

static void
check_value(
    const struct config *c, const char *account, const char *keyword, size_t i, const char *want)
{
	const struct account *a = config_find(c, account);
	const struct option *o = option_find(keyword);
	struct buf out = BUF_INIT(KiB);

	assert_non_null(a);
	assert_row(o->show(a, o, i, &out) == (want != NULL), "%s %s", account, keyword);
	assert_slice_equal(buf_slice(&out), want != NULL ? want : "");
	buf_free(&out);
}

/* ---- what files say ---- */

static void
test_accounts_are_read_in_order(void **state)
{
	struct config *c = load_sound(state, "# two accounts\n"
					     "\n"
					     "account home\n"
					     "\thost pop.example.org # here\n"
					     "\tuser \"al ice\"\r\n"
					     "  \t\n"
					     "account a.b_c@d+e-1\n"
					     "host  \"[::1]\"\n"
					     "port 1");
	const struct account *a = TAILQ_FIRST(&c->accounts);

	assert_string_equal(a->name, "home");
	assert_string_equal(a->host, "pop.example.org");
	assert_string_equal(a->user, "al ice");
	assert_string_equal(a->where + strlen(*state) + 1, "config:3:1");
	assert_int_equal(a->port, 995);
	assert_ptr_equal(config_find(c, "home"), a);
	a = TAILQ_NEXT(a, link);
	assert_string_equal(a->name, "a.b_c@d+e-1");
	assert_string_equal(a->host, "::1");
	assert_int_equal(a->port, 1);
	assert_null(TAILQ_NEXT(a, link));
	assert_null(config_find(c, "HOME"));
	assert_null(config_find(c, ""));
	assert_string_equal(c->path, in_dir(*state, "config"));
	config_free(c);
	config_free(NULL);
}

static void
test_defaults_hold_for_the_accounts_below(void **state)
{
	struct config *c = load_sound(state, "account above\n host a\n"
					     "defaults\n"
					     " host pop.example.org\n"
					     " timeout 2m\n"
					     " filter skip size > 50M\n"
					     " deliver mbox /d1\n"
					     " deliver mbox /d2\n"
					     " password-command x\n"
					     "account plain\n"
					     "account own\n"
					     " host other\n"
					     " timeout 3m\n"
					     " filter accept size > 1\n"
					     " deliver mbox /own\n"
					     "defaults\n"
					     " timeout 4m\n"
					     " filter skip size > 60M\n"
					     "account late\n"
					     " max-size 10M\n");

	check_value(c, "above", "timeout", 0, "1m");
	check_value(c, "above", "filter", 0, NULL);
	check_value(c, "above", "deliver", 0, "mbox /var/mail/alice");
	check_value(c, "plain", "host", 0, "pop.example.org");
	check_value(c, "plain", "timeout", 0, "2m");
	check_value(c, "plain", "filter", 0, "skip size > 50M");
	check_value(c, "plain", "filter", 1, NULL);
	check_value(c, "plain", "deliver", 0, "mbox /d1");
	check_value(c, "plain", "deliver", 1, "mbox /d2");
	check_value(c, "plain", "password-command", 0, "x");
	check_value(c, "own", "host", 0, "other");
	check_value(c, "own", "timeout", 0, "3m");
	check_value(c, "own", "filter", 0, "skip size > 50M");
	check_value(c, "own", "filter", 1, "accept size > 1");
	check_value(c, "own", "deliver", 0, "mbox /own");
	check_value(c, "own", "deliver", 1, NULL);
	check_value(c, "late", "timeout", 0, "4m");
	check_value(c, "late", "filter", 1, "skip size > 60M");
	check_value(c, "late", "filter", 2, NULL); /* max-size is none */
	check_value(c, "late", "deliver", 1, "mbox /d2");
	config_free(c);
}

static void
test_only_paths_are_expanded(void **state)
{
	struct config *c = load_sound(state, "account a\n"
					     "host $HOME\n"
					     "user ~\n"
					     "password-command \"cat ~/$HOME\"\n"
					     "tls-ca ~/ca\n"
					     "state $HOME/journal\n"
					     "deliver mbox \"${HOME}/in box\"\n");

	check_value(c, "a", "host", 0, "$HOME");
	check_value(c, "a", "user", 0, "~");
	check_value(c, "a", "password-command", 0, "\"cat ~/$HOME\"");
	check_value(c, "a", "tls-ca", 0, "/home/alice/ca");
	check_value(c, "a", "state", 0, "/home/alice/journal");
	check_value(c, "a", "deliver", 0, "mbox \"/home/alice/in box\"");
	config_free(c);
}

static void
test_a_mark_of_UTF8_at_the_front_is_passed_over(void **state)
{
	config_free(load_sound(state, "\357\273\277account a\nhost b\n"));
	check_text(state, "account a\nhost b\n\357\273\277port 1\n", "config:3:1: unknown");
}

/* ---- other files ---- */

static void
test_an_included_file_is_read_in_its_place(void **state)
{
	struct config *c;

	assert_int_equal(mkdir(in_dir(*state, "sub dir"), 0700), 0);
	write_config(state, "sub dir/more", "timeout 2m\ninclude last\naccount b\n");
	write_config(state, "sub dir/last", "port 1\n");
	c = load_sound(state, "defaults\nhost h\naccount a\ninclude \"sub dir/more\"\nport 2\n");
	check_value(c, "a", "timeout", 0, "2m");
	check_value(c, "a", "port", 0, "1");
	check_value(c, "b", "port", 0, "2");
	config_free(c);
}

static void
test_include_expands_its_path(void **state)
{
	struct config *c;

	write_config(state, "more", "account a\nhost b\n");
	assert_int_equal(setenv("HOME", *state, 1), 0);
	c = load_sound(state, "include ~/more\n");
	assert_non_null(config_find(c, "a"));
	config_free(c);
	c = load_sound(state, "include \"$HOME/more\"\n");
	assert_non_null(config_find(c, "a"));
	config_free(c);
	assert_int_equal(setenv("HOME", "/home/alice", 1), 0);
}

static void
test_problems_of_includes_stand_at_their_place(void **state)
{
	write_config(state, "more", "account b\nhost c\n\n  prot 5\n");
	check_text(state,
	    "include more\n include nowhere\ninclude\ninclude a b\ninclude \"\"\n"
	    "include $NO_SUCH_VARIABLE/x\ninclude .\n",
	    "more:4:3: unknown keyword \"prot\"; did you mean \"port\"?\n"
	    "config:2:10: *nowhere: No such file\n"
	    "config:3:8: \"include\" wants one file\n"
	    "config:4:11: \"include\" wants one file\n"
	    "config:5:11: \"include\" wants one file\n"
	    "config:6:9: $NO_SUCH_VARIABLE\n"
	    "config:7:9: *Is a directory\n");
}

static void
test_a_circle_of_includes_is_an_error_at_once(void **state)
{
	write_config(state, "b", "include c\n");
	write_config(state, "c", "include config\ninclude c\ninclude ./config\n");
	check_text(state, "account a\nhost x\ninclude b\ninclude b\n",
	    "c:1:9: *circle\nc:2:9: *circle\nc:3:9: *circle\n"
	    "c:1:9: *circle\nc:2:9: *circle\nc:3:9: *circle\n");
	/* each of these would read on for ages if only the depth were bounded */
	check_text(state,
	    "include config\ninclude config\ninclude config\ninclude config\ninclude config\n"
	    "include config\ninclude config\ninclude config\ninclude config\ninclude config\n"
	    "account a\nhost x\n",
	    "config:1:9: *circle\nconfig:2:9: *circle\nconfig:3:9: *circle\nconfig:4:9: "
	    "*circle\nconfig:5:9: *circle\n"
	    "config:6:9: *circle\nconfig:7:9: *circle\nconfig:8:9: *circle\nconfig:9:9: "
	    "*circle\nconfig:10:9: *circle\n");
}

static void
test_the_same_file_may_be_included_twice(void **state)
{
	write_config(state, "common", "timeout 2m\n");
	config_free(load_sound(
	    state, "account a\nhost x\ninclude common\naccount b\nhost x\ninclude common\n"));
}

static void
test_sixteen_files_may_include_each_other_and_no_more(void **state)
{
	for (int i = 2; i <= 17; i++) {
		char name[8], text[32];

		(void)snprintf(name, sizeof(name), "f%d", i);
		(void)snprintf(text, sizeof(text), "include f%d\n", i + 1);
		write_config(state, name, text);
	}
	write_config(state, "f16", "account a\nhost x\n");
	config_free(load_sound(state, "include f2\n"));
	write_config(state, "f16", "account a\nhost x\ninclude f17\n");
	check_text(state, "include f2\n", "f16:3:1: too many\n");
}

/* ---- who may read a password ---- */

static void
test_a_password_in_a_file_that_others_may_read_is_refused(void **state)
{
	static const char text[] = "account a\nhost x\n password p\n";

	for (mode_t mode = 0; mode <= 077; mode++) {
		const char *path = in_dir(*state, "config");
		struct config *c;

		write_file(path, text, strlen(text), 0600 | mode);
		c = config_load(path, NULL);
		if ((mode & 022) != 0)
			check_problems(state, c, "config: others may write it\n");
		else if ((mode & 044) != 0)
			check_problems(state, c, "config:3:2: the file holds a password\n");
		else
			check_problems(state, c, "");
		config_free(c);
	}
}

static void
test_only_the_file_with_the_password_counts(void **state)
{
	static const char text[] = "account a\nhost x\ninclude secret\n";
	struct config *c;

	write_file(in_dir(*state, "config"), text, strlen(text), 0644);
	write_config(state, "secret", "password p\n");
	c = config_load(in_dir(*state, "config"), NULL);
	check_problems(state, c, "");
	config_free(c);
	write_file(in_dir(*state, "secret"), "password p\n", 11, 0640);
	c = config_load(in_dir(*state, "config"), NULL);
	check_problems(state, c, "secret:1:1: the file holds a password\n");
	config_free(c);
	write_file(in_dir(*state, "secret"), "password-command p\n", 19, 0644);
	c = config_load(in_dir(*state, "config"), NULL);
	check_problems(state, c, "");
	config_free(c);
}

static void
test_a_password_in_defaults_counts_too(void **state)
{
	static const char text[] = "defaults\n  password p\naccount a\nhost x\n";
	struct config *c;

	write_file(in_dir(*state, "config"), text, strlen(text), 0644);
	c = config_load(in_dir(*state, "config"), NULL);
	check_problems(state, c, "config:2:3: the file holds a password\n");
	config_free(c);
}

/* ---- problems ---- */

static void
test_every_problem_is_told_at_its_place(void **state)
{
	check_text(state,
	    "account home\n"
	    "\thost pop.example.org\n"
	    "\tprot 110\n"
	    "  timeout  5\n"
	    "user \"bob\n"
	    "xyzzy\n"
	    "keep 1d 2d\n"
	    "user\n"
	    "filter skip size > x\n"
	    "deliver mbox a b\n"
	    "\033[2J x\n",
	    "config:3:2: unknown keyword \"prot\"; did you mean \"port\"?\n"
	    "config:4:12: \"timeout\" wants a duration\n"
	    "config:5:6: a quote\n"
	    "config:6:1: unknown keyword \"xyzzy\"\n"
	    "config:7:9: \"keep\" takes one value\n"
	    "config:8:5: \"user\" wants a value\n"
	    "config:9:20: \"size >\"\n"
	    "config:10:16: \"deliver mbox\"\n"
	    "config:11:1: unknown keyword \"\\033[2J\"\n");
}

static void
test_sections_have_their_own_problems(void **state)
{
	check_text(state, "port 1\nuser x\naccount a\nhost x\n",
	    "config:1:1: \"port\" stands above\nconfig:2:1: \"user\" stands above\n");
	check_text(state, "account a\nhost x\naccount a\nhost y\n",
	    "config:3:9: there is an account \"a\" already\n");
	check_text(state, "defaults home\naccount a\nhost x\n",
	    "config:1:10: \"defaults\" stands alone\n");
	check_text(state, "# nothing\n", "config: there is no account\n");
	check_text(state, "", "config: there is no account\n");
	check_text(state, "defaults\ntimeout 5s\n", "config: there is no account\n");
	check_text(
	    state, "account a\naccount b\nhost x\n", "config:1:1: account \"a\" has no host\n");
	check_text(
	    state, "account b\nhost x\n\n  account a\n", "config:4:3: account \"a\" has no host\n");
	check_text(state, "defaults\ntimeout 5\nxyzzy\naccount a\nhost x\n",
	    "config:2:9: \"timeout\"\nconfig:3:1: unknown\n");
	check_text(state, "account a\nhost x\npassword p\npassword-command c\n",
	    "config:1:1: account \"a\": more than one\n");
	check_text(state, "defaults\ndeliver mbox /a\ndeliver mbox /a\naccount a\nhost x\n",
	    "config:3:14: the same target\n");
}

static void
test_account_names_are_checked(void **state)
{
	static const char *const bad[] = { "", ".a", "-a", "a/b", "..", "a:b", "\"a b\"", "a\033",
		"caf\303\251", "\"\"", "a b", "a$b", "~" };
	char text[256], name[66];

	for (size_t i = 0; i < nitems(bad); i++) {
		(void)snprintf(text, sizeof(text), "account %s\n", bad[i]);
		check_text(state, text, "config:1:9: \"account\" wants a name\n");
	}
	memset(name, 'a', 65);
	name[64] = '\0';
	(void)snprintf(text, sizeof(text), "account %s\nhost x\n", name);
	config_free(load_sound(state, text));
	name[64] = 'a';
	name[65] = '\0';
	(void)snprintf(text, sizeof(text), "account %s\n", name);
	check_text(state, text, "config:1:9: \"account\" wants a name\n");
}

static void
test_one_mistake_is_not_told_line_by_line(void **state)
{
	/* a section without a good beginning: its settings are no news */
	check_text(state, "account a/b\nhost x\nuser y\naccount b\nhost x\n",
	    "config:1:9: \"account\" wants a name\n");
	check_text(state, "acount a\nhost x\nuser y\naccount b\nhost x\n",
	    "config:1:1: unknown keyword \"acount\"; did you mean \"account\"?\n");
	/* a misspelt line: that something is missing is no news */
	check_text(state, "account a\nhsot x\naccount b\nhost x\n",
	    "config:2:1: unknown keyword \"hsot\"; did you mean \"host\"?\n");
	/* but a new section is checked anew */
	check_text(state, "account a\nhsot x\naccount b\n",
	    "config:2:1: unknown keyword\nconfig:3:1: account \"b\" has no host\n");
}

static void
test_very_many_problems_are_cut_short(void **state)
{
	struct buf text = BUF_INIT(MiB);
	struct config *c;
	const struct problem *p;
	size_t n = 0;

	for (int i = 0; i < 5000; i++)
		assert_int_equal(buf_addf(&text, "bad%d\n", i), 0);
	assert_int_equal(buf_addch(&text, '\0'), 0);
	c = load(state, text.p);
	TAILQ_FOREACH(p, &c->problems, link)
		n++;
	assert_in_range(n, 50, 51);
	p = TAILQ_LAST(&c->problems, problem_list);
	assert_non_null(strstr(p->text, "and more"));
	config_free(c);
	buf_free(&text);
}

/* ---- hostile files ---- */

static void
test_no_text_file_is_told(void **state)
{
	static const struct {
		struct slice bytes;
		const char *problems;
	} t[] = {
		{ BYTES("account a\nhost x\n\0\n"), "config:3:1: a NUL\n" },
		{ BYTES("a\0c\0"), "config:1:1: a NUL\n" },
		{ BYTES("\0"), "config:1:1: a NUL\n" },
		{ BYTES("\177ELF\002\n"), "config:1:1: unknown keyword \"\\177ELF\\002\"\n" },
	};

	for (size_t i = 0; i < nitems(t); i++) {
		const char *path = in_dir(*state, "config");
		struct config *c;

		write_file(path, t[i].bytes.p, t[i].bytes.len, 0600);
		c = config_load(path, NULL);
		check_problems(state, c, t[i].problems);
		config_free(c);
	}
}

static void
test_only_readable_files_of_some_size_are_read(void **state)
{
	size_t len = 4 * MiB;
	char *text = malloc(len + 1);
	struct config *c;

	assert_non_null(text);
	memset(text, '\n', len + 1);
	memcpy(text, "account a\nhost x\n", 17);
	memset(text + 17, '#', len - 17);
	write_file(in_dir(*state, "config"), text, len, 0600);
	c = config_load(in_dir(*state, "config"), NULL);
	check_problems(state, c, "");
	config_free(c);
	write_file(in_dir(*state, "config"), text, len + 1, 0600);
	c = config_load(in_dir(*state, "config"), NULL);
	assert_non_null(TAILQ_FIRST(&c->problems));
	assert_non_null(strstr(TAILQ_FIRST(&c->problems)->text, "too large"));
	config_free(c);
	c = config_load(*state, NULL);
	assert_non_null(TAILQ_FIRST(&c->problems));
	assert_non_null(strstr(TAILQ_FIRST(&c->problems)->text, strerror(EISDIR)));
	assert_null(TAILQ_NEXT(TAILQ_FIRST(&c->problems), link));
	config_free(c);
	c = config_load(in_dir(*state, "nowhere"), NULL);
	assert_non_null(TAILQ_FIRST(&c->problems));
	assert_non_null(strstr(TAILQ_FIRST(&c->problems)->text, strerror(ENOENT)));
	config_free(c);
	free(text);
}

static void
test_a_huge_value_is_only_long(void **state)
{
	struct buf text = BUF_INIT(4 * MiB);
	struct config *c;

	(void)buf_addstr(&text, "account a\nhost ");
	for (size_t i = 0; i < MiB; i++)
		(void)buf_addch(&text, 'h');
	(void)buf_addstr(&text, "\nport ");
	for (size_t i = 0; i < MiB; i++)
		(void)buf_addch(&text, '9');
	(void)buf_addstr(&text, "\n");
	for (size_t i = 0; i < MiB; i++)
		(void)buf_addch(&text, 'k');
	assert_int_equal(buf_addch(&text, '\0'), 0);
	c = load(state, text.p);
	assert_int_equal(strlen(config_find(c, "a")->host), MiB);
	check_problems(state, c,
	    "config:3:6: \"port\" wants a number\nconfig:4:1: unknown keyword \"kkkkkkkk");
	config_free(c);
	buf_free(&text);
}

/* In a child: writes a config into a pipe, a byte at a time. */
static int
drip(void *fd)
{
	static const char text[] = "account a\nhost x\npassword p\n";

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		if (write(*(int *)fd, text + i, 1) != 1)
			return 1;
		(void)usleep(2000);
	}
	return 0;
}

static void
test_a_config_may_come_from_a_pipe(void **state)
{
	char path[32];
	struct config *c;
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
	if (access(path, R_OK) == -1) { /* a system without them */
		(void)close(fds[0]);
		(void)close(fds[1]);
		return;
	}
	pid = fork();
	assert_true(pid != -1);
	if (pid == 0)
		_exit(drip(&fds[1]));
	(void)close(fds[1]);
	c = config_load(path, NULL);
	(void)close(fds[0]);
	check_problems(state, c, "");
	assert_non_null(config_find(c, "a"));
	config_free(c);
	assert_int_equal(wait_child(pid), 0);
}

static void
test_random_files_are_read_or_refused(void **state)
{
	static const char *const words[] = { "account", "defaults", "a", "b", "host", "x", "port",
		"1", "99999", "\n", "\n", "\n", "#", "\"", "filter", "skip", "size", ">", "1K",
		"header", "(", "deliver", "mbox", "/x", "keep", "yes", "password", "p", "\\",
		"include", "config", "\001", "$", "~b", "user", "tls", "off" };

	for (int round = 0; round < 400; round++) {
		struct buf text = BUF_INIT(64 * KiB);
		size_t n = random_below(60);

		for (size_t i = 0; i < n; i++)
			(void)buf_addf(&text, "%s%s", words[random_below(nitems(words))],
			    random_below(8) == 0 ? "" : " ");
		assert_int_equal(buf_addch(&text, '\0'), 0);
		config_free(load(state, text.p));
		buf_free(&text);
	}
}

/* ---- where the file lies ---- */

static void
check_default_path(const char *want)
{
	char *path = config_default_path();

	assert_string_equal(path, want);
	free(path);
}

static void
test_the_file_lies_in_one_of_two_places(void **state)
{
	char xdg[1024], dot[1024], old[1024];

	(void)snprintf(dot, sizeof(dot), "%s/.config/haulmail/config", (char *)*state);
	(void)snprintf(xdg, sizeof(xdg), "%s/xdg/haulmail/config", (char *)*state);
	(void)snprintf(old, sizeof(old), "%s/.haulmailrc", (char *)*state);
	assert_int_equal(setenv("HOME", *state, 1), 0);
	check_default_path(dot);
	(void)setenv("XDG_CONFIG_HOME", "relative", 1);
	check_default_path(dot);
	(void)setenv("XDG_CONFIG_HOME", in_dir(*state, "xdg"), 1);
	check_default_path(xdg);
	write_config(state, ".haulmailrc", "");
	check_default_path(old);
	assert_int_equal(mkdir(in_dir(*state, "xdg"), 0700), 0);
	assert_int_equal(mkdir(in_dir(*state, "xdg/haulmail"), 0700), 0);
	write_config(state, "xdg/haulmail/config", "");
	check_default_path(xdg);
	(void)unsetenv("XDG_CONFIG_HOME");
	check_default_path(old);
	assert_int_equal(setenv("HOME", "/home/alice", 1), 0);
}

#define in_a_dir(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_a_dir(test_accounts_are_read_in_order),
		in_a_dir(test_defaults_hold_for_the_accounts_below),
		in_a_dir(test_only_paths_are_expanded),
		in_a_dir(test_a_mark_of_UTF8_at_the_front_is_passed_over),
		in_a_dir(test_an_included_file_is_read_in_its_place),
		in_a_dir(test_include_expands_its_path),
		in_a_dir(test_problems_of_includes_stand_at_their_place),
		in_a_dir(test_a_circle_of_includes_is_an_error_at_once),
		in_a_dir(test_the_same_file_may_be_included_twice),
		in_a_dir(test_sixteen_files_may_include_each_other_and_no_more),
		in_a_dir(test_a_password_in_a_file_that_others_may_read_is_refused),
		in_a_dir(test_only_the_file_with_the_password_counts),
		in_a_dir(test_a_password_in_defaults_counts_too),
		in_a_dir(test_every_problem_is_told_at_its_place),
		in_a_dir(test_sections_have_their_own_problems),
		in_a_dir(test_account_names_are_checked),
		in_a_dir(test_one_mistake_is_not_told_line_by_line),
		in_a_dir(test_very_many_problems_are_cut_short),
		in_a_dir(test_no_text_file_is_told),
		in_a_dir(test_only_readable_files_of_some_size_are_read),
		in_a_dir(test_a_huge_value_is_only_long),
		in_a_dir(test_a_config_may_come_from_a_pipe),
		in_a_dir(test_random_files_are_read_or_refused),
		in_a_dir(test_the_file_lies_in_one_of_two_places),
	};

	return cmocka_run_group_tests(tests, set_environment, NULL);
}
