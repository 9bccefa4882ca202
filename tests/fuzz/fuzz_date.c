/* Dates of From_ lines, made and recognised; durations and sizes as people write them. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mail/fromline.h"
#include "util/text.h"
#include "util/units.h"

/* The date comes out as it went in, and stands in a From_ line that is known as one. */
static void
check_epoch(int64_t epoch)
{
	char date[ASCTIME_MAX], line[FROMLINE_MAX];
	struct tm tm = { .tm_mday = 1 };
	struct slice text;
	bool told;

	CHECK(strlen(asctime_utc(date, epoch)) == 24);
	CHECK(strptime(date, "%a %b %d %H:%M:%S %Y", &tm) != NULL);
	told = timegm(&tm) == epoch;
	CHECK(told || timegm(&tm) == 0);
	CHECK(told || epoch < INT64_C(-62167219200) || epoch >= INT64_C(253402300800));
	text = (struct slice){ line, fromline_format(line, slice_str("From: a@example\n"), date) };
	CHECK(text.len < FROMLINE_MAX && fromline_matches(text));
	text.len--;
	CHECK(fromline_matches(text));
}

static void
check_line(struct slice line)
{
	struct slice word = line;

	if (!fromline_matches(line))
		return;
	CHECK(slice_skip(&word, "From ") && word.len >= 24);
	word = slice_line(&word);
	CHECK(fuzz_is_printable((struct slice){ word.p + word.len - 24, 24 }));
}

static void
check_units(const char *word)
{
	char text[UNITS_MAX];
	int64_t seconds, again;
	uint64_t bytes, same;

	if (duration_parse(word, &seconds) == 0) {
		CHECK(seconds >= 0 && seconds <= INT32_MAX);
		CHECK(duration_parse(duration_format(text, seconds), &again) == 0);
		CHECK(again == seconds);
	}
	if (size_parse(word, &bytes) == 0) {
		CHECK(bytes <= INT64_MAX);
		CHECK(size_parse(size_format(text, bytes), &same) == 0 && same == bytes);
		CHECK(strlen(size_human(text, bytes)) <= 5);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);
	char *word = fuzz_string(in);
	int64_t epoch = 0;

	check_line(in);
	check_units(word);
	free(word);
	memcpy(&epoch, data, MIN(size, sizeof(epoch)));
	check_epoch(epoch);
	check_epoch(epoch % INT64_C(253402300800));
	return 0;
}
