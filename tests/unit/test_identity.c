/* Client certificates and their keys, as files. */
#include "unit.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "net/identity.h"

static EVP_PKEY *the_key;
static X509 *the_cert;

static FILE *
new_file(const char *path)
{
	FILE *f;

	(void)unlink(path);
	assert_non_null(f = fopen(path, "w"));
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	return f;
}

static void
write_cert(const char *path)
{
	FILE *f = new_file(path);

	assert_int_equal(PEM_write_X509(f, the_cert), 1);
	assert_int_equal(fclose(f), 0);
}

/* As PKCS #8 does it, or in the form of old; encrypted if there is a passphrase. */
static void
write_key(const char *path, EVP_PKEY *key, const char *passphrase, bool old)
{
	const EVP_CIPHER *cipher = passphrase != NULL ? EVP_aes_256_cbc() : NULL;
	const unsigned char *pass = (const unsigned char *)passphrase;
	int len = passphrase != NULL ? (int)strlen(passphrase) : 0;
	BIO *bio = BIO_new_fp(new_file(path), BIO_CLOSE);

	assert_non_null(bio);
	if (old)
		assert_int_equal(
		    PEM_write_bio_PrivateKey_traditional(bio, key, cipher, pass, len, NULL, NULL),
		    1);
	else
		assert_int_equal(
		    PEM_write_bio_PrivateKey(bio, key, cipher, pass, len, NULL, NULL), 1);
	assert_int_equal(BIO_free(bio), 1);
}

/* ---- the person who is asked ---- */

static unsigned times;
static const char *answer; /* NULL: nobody is there */
static const char *asked_about;

static char *
ask(const char *file, struct error *e)
{
	times++;
	asked_about = file;
	if (answer != NULL)
		return strdup(answer);
	(void)error_set(e, ERR_CONFIG, "nobody is there");
	return NULL;
}

/* Loads it after so many questions; with words, it must fail by them. */
static void
check_load(const char *cert, const char *key, unsigned questions, const char *words)
{
	struct error e = NO_ERROR;
	struct tls_identity *id;

	times = 0;
	id = tls_identity_load(cert, key, ask, &e);
	assert_row((id != NULL) == (words == NULL), "%s: %s", key, e.msg);
	assert_int_equal(times, questions);
	if (words != NULL) {
		assert_int_equal(e.cls, ERR_CONFIG);
		assert_row(strstr(e.msg, words) != NULL, "%s", e.msg);
	}
	tls_identity_free(id);
}

/* ---- the tests ---- */

static void
test_certificate_and_key_are_read_from_two_files_or_one(void **state)
{
	const char *cert = in_dir(*state, "cert.pem"), *key = in_dir(*state, "key.pem");
	const char *both = in_dir(*state, "both.pem");
	char *key_text, *cert_text;
	FILE *f;

	write_cert(cert);
	write_key(key, the_key, NULL, false);
	check_load(cert, key, 0, NULL);
	write_key(key, the_key, NULL, true);
	check_load(cert, key, 0, NULL);

	key_text = read_file(key, NULL);
	cert_text = read_file(cert, NULL);
	f = new_file(both);
	(void)fprintf(f, "%s%s%s", cert_text, cert_text, key_text); /* one as an authority */
	assert_int_equal(fclose(f), 0);
	check_load(both, both, 0, NULL);
	free(key_text);
	free(cert_text);
}

static void
test_an_encrypted_key_asks_once(void **state)
{
	const char *cert = in_dir(*state, "cert.pem"), *key = in_dir(*state, "key.pem");

	write_cert(cert);
	for (int old = 0; old < 2; old++) {
		write_key(key, the_key, "open sesame", old);
		answer = "open sesame";
		check_load(cert, key, 1, NULL);
		assert_string_equal(asked_about, key);
		answer = "open barley";
		check_load(cert, key, 1, "key.pem: the passphrase is wrong");
		answer = "";
		check_load(cert, key, 1, "the passphrase is wrong");
		answer = NULL;
		check_load(cert, key, 1, "nobody is there");
		assert_true(tls_key_is_encrypted(key));
		write_key(key, the_key, NULL, old);
		assert_false(tls_key_is_encrypted(key));
	}
	assert_false(tls_key_is_encrypted(in_dir(*state, "missing.pem")));
}

static void
test_a_passphrase_longer_than_openssl_takes_is_wrong(void **state)
{
	const char *cert = in_dir(*state, "cert.pem"), *key = in_dir(*state, "key.pem");
	static char endless[4096];

	write_cert(cert);
	write_key(key, the_key, "open sesame", false);
	memset(endless, 'x', sizeof(endless) - 1);
	answer = endless;
	check_load(cert, key, 1, "the passphrase is wrong");
}

static void
test_a_key_that_others_can_read_is_refused(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0660, 0644 };
	const char *cert = in_dir(*state, "cert.pem"), *key = in_dir(*state, "key.pem");

	write_cert(cert);
	write_key(key, the_key, NULL, false);
	for (size_t i = 0; i < nitems(modes); i++) {
		assert_int_equal(chmod(key, modes[i]), 0);
		check_load(cert, key, 0, "others may read or write the key: chmod 600 ");
	}
	assert_int_equal(chmod(key, 0400), 0);
	assert_int_equal(chmod(cert, 0644), 0); /* there is no secret in this one */
	check_load(cert, key, 0, NULL);
}

static void
test_files_that_cannot_be_used_are_named(void **state)
{
	const char *cert = in_dir(*state, "cert.pem"), *key = in_dir(*state, "key.pem");
	const char *empty = in_dir(*state, "empty.pem"), *text = in_dir(*state, "text.pem");
	EVP_PKEY *other = EVP_EC_gen("P-256");

	write_cert(cert);
	write_key(key, other, NULL, false);
	EVP_PKEY_free(other);
	write_file(empty, "", 0, 0600);
	write_file(text, "no PEM\n-----BEGIN CERTIFICATE-----\nMII\n", 39, 0600);
	check_load(cert, key, 0, "key.pem is not the key of the certificate in tls-cert ");
	check_load(cert, cert, 0, "cert.pem: there is no private key in it");
	check_load(key, key, 0, "key.pem: there is no certificate in it");
	check_load(empty, key, 0, "empty.pem: there is no certificate in it");
	check_load(cert, empty, 0, "empty.pem: there is no private key in it");
	check_load(text, key, 0, "text.pem: there is no certificate in it");
	check_load(cert, text, 0, "text.pem: there is no private key in it");
	check_load(in_dir(*state, "none.pem"), key, 0, "none.pem: No such file");
	check_load(cert, in_dir(*state, "none.pem"), 0, "none.pem: No such file");
}

/* ---- the pair that they are about ---- */

static int
make_pair(void **state)
{
	(void)state;
	the_key = EVP_RSA_gen(2048);
	the_cert = X509_new();
	return the_key != NULL && the_cert != NULL && X509_set_pubkey(the_cert, the_key) == 1 &&
		       X509_gmtime_adj(X509_getm_notBefore(the_cert), 0) != NULL &&
		       X509_gmtime_adj(X509_getm_notAfter(the_cert), 3600) != NULL &&
		       X509_sign(the_cert, the_key, EVP_sha256()) > 0
		   ? 0
		   : -1;
}

static int
free_pair(void **state)
{
	(void)state;
	X509_free(the_cert);
	EVP_PKEY_free(the_key);
	return 0;
}

int
main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)
	const struct CMUnitTest tests[] = {
		IN_DIR(test_certificate_and_key_are_read_from_two_files_or_one),
		IN_DIR(test_an_encrypted_key_asks_once),
		IN_DIR(test_a_passphrase_longer_than_openssl_takes_is_wrong),
		IN_DIR(test_a_key_that_others_can_read_is_refused),
		IN_DIR(test_files_that_cannot_be_used_are_named),
	};

	(void)alarm(300);
	return cmocka_run_group_tests(tests, make_pair, free_pair);
}
