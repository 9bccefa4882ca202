/* Sets of messages, against a second reading of what they mean. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "engine/msgset.h"

/* The number that a bound stands for in such a mailbox; false for none. */
static bool
bound_means(const char *word, uint32_t next, uint32_t last, uint64_t *out)
{
	if (strcmp(word, "next") == 0)
		*out = next;
	else if (strcmp(word, "last") == 0 || strcmp(word, "end") == 0)
		*out = last;
	else
		*out = strtoull(word, NULL, 10);
	return *out > 0;
}

/* Whether the set that was found to be well-formed, and to fit the mailbox, has the number. */
static bool
should_have(const char *text, uint32_t next, uint32_t last, uint32_t number)
{
	char *copy = fuzz_string(slice_str(text)), *rest = copy, *item;
	bool has = false;

	while (!has && (item = strsep(&rest, ",")) != NULL) {
		char *to = item, *from = strsep(&to, "-");
		uint64_t low, high;

		has = bound_means(from, next, last, &low) &&
		      bound_means(to != NULL ? to : from, next, last, &high) && number >= low &&
		      number <= high;
	}
	free(copy);
	return has;
}

static void
settle(const char *text, uint32_t next, uint32_t last)
{
	struct error e = { .cls = ERR_OK };
	static struct msgset set;

	CHECK(msgset_parse(text, &set, &e) == 0);
	if (msgset_settle(&set, next, last, &e) == -1) {
		CHECK_RESULT(-1, &e);
		return;
	}
	for (uint32_t number = 1; number <= last; number++)
		CHECK(msgset_has(&set, number) == should_have(text, next, last, number));
	CHECK(last == 0 || !msgset_has(&set, 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(fuzz_input(data, size));
	struct error e = { .cls = ERR_OK };
	static struct msgset set;
	int rc = msgset_parse(text, &set, &e);

	CHECK_RESULT(rc, &e);
	if (rc == 0) {
		CHECK(set.n > 0 && set.n <= MSGSET_ITEMS);
		settle(text, 0, 0);
		settle(text, 0, 5);
		settle(text, 3, 5);
		settle(text, 5, 12);
	}
	free(text);
	return 0;
}
