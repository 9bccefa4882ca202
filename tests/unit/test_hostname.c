/* Host names beyond ASCII. The samples of RFC 3492 were made small where they had capitals. */
#include "unit.h"

#include <locale.h>

#include "net/hostname.h"

static void
test_names_become_ascii(void **state)
{
	static const struct {
		const char *name, *ascii; /* NULL: it cannot be one */
	} t[] = {
		{ "pop.example.org", "pop.example.org" },
		{ "POP.Example.ORG", "POP.Example.ORG" },
		{ "127.0.0.1", "127.0.0.1" },
		{ "fe80::1%eth0", "fe80::1%eth0" },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
		{ "b\303\274cher.example", "xn--bcher-kva.example" },
		{ "B\303\234CHER.Example", "xn--bcher-kva.example" },
		{ "stra\303\237e.de", "xn--strae-oqa.de" },
		{ "mail.\303\251.fr.", "mail.xn--9ca.fr." },
		{ "\303\274", "xn--tda" },
		{ "\303\274\303\274", "xn--tdaa" },
		/* RFC 3492 section 7.1: (A) Arabic, (B) Chinese, (D) Czech, (L), (R) Japanese */
		{ "\331\204\331\212\331\207\331\205\330\247\330\250\330\252\331\203\331\204"
		  "\331\205\331\210\330\264\330\271\330\261\330\250\331\212\330\237",
		    "xn--egbpdaj6bu4bxfgehfvwxn" },
		{ "\344\273\226\344\273\254\344\270\272\344\273\200\344\271\210\344\270\215"
		  "\350\257\264\344\270\255\346\226\207",
		    "xn--ihqwcrb4cv8a8dqg056pqjye" },
		{ "pro\304\215prost\304\233nemluv\303\255\304\215esky",
		    "xn--proprostnemluvesky-uyb24dma41a" },
		{ "3\345\271\264b\347\265\204\351\207\221\345\205\253\345\205\210\347\224\237",
		    "xn--3b-ww4c5e180e575a65lsy2b" },
		{ "\343\201\235\343\201\256\343\202\271\343\203\224\343\203\274\343\203\211\343\201"
		  "\247",
		    "xn--d9juau41awczczp" },
		{ "b\374cher.example", NULL }, /* Latin-1 */
		{ "b\303", NULL },
		{ "\355\240\200.example", NULL },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *ascii = hostname_ascii(t[i].name);

		if (t[i].ascii == NULL)
			assert_row(ascii == NULL, "%s: %s", t[i].name, ascii);
		else
			assert_row(ascii != NULL && strcmp(ascii, t[i].ascii) == 0,
			    "%s: %s, not %s", t[i].name, ascii != NULL ? ascii : "none",
			    t[i].ascii);
		free(ascii);
	}
}

/* n times the same character, and ".example". */
static char *
repeated(const char *character, size_t n)
{
	static char name[4096];

	*name = '\0';
	while (n-- > 0)
		(void)strlcat(name, character, sizeof(name));
	(void)strlcat(name, ".example", sizeof(name));
	return hostname_ascii(name);
}

static void
test_what_is_too_long_for_dns_is_no_name(void **state)
{
	char *ascii;

	(void)state;
	for (size_t n = 1; n <= 1500; n = n < 70 ? n + 1 : n * 2) {
		ascii = repeated("\303\274", n);
		if (ascii != NULL)
			assert_row(strcspn(ascii, ".") <= 63, "%zu", n);
		/* "xn--", and for "ue" two digits, then one more for each */
		assert_row((ascii != NULL) == (n <= 57), "%zu", n);
		free(ascii);
		ascii = repeated("\303\274.", n);
		assert_row((ascii != NULL) == (8 * n + 8 <= 253), "%zu", n);
		free(ascii);
	}
}

static void
test_the_locale_does_not_matter_and_stays(void **state)
{
	static const char *const locales[] = { "C", "C.UTF-8" };

	(void)state;
	for (size_t i = 0; i < nitems(locales); i++) {
		char *ascii;

		assert_non_null(setlocale(LC_ALL, locales[i]));
		ascii = hostname_ascii("b\303\274cher.example");
		assert_string_equal(ascii, "xn--bcher-kva.example");
		free(ascii);
		assert_int_equal(mblen("\303\274", 2), i == 0 ? -1 : 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_become_ascii),
		cmocka_unit_test(test_what_is_too_long_for_dns_is_no_name),
		cmocka_unit_test(test_the_locale_does_not_matter_and_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
