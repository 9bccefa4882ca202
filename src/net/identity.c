#include "net/identity.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/tls.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/mem.h"
#include "util/util.h"

#define FILE_MAX (256 * KiB)

struct tls_identity {
	X509 *cert;
	EVP_PKEY *key;
	STACK_OF(X509) * chain; /* of the authorities in between */
};

/* What OpenSSL's callback asks with. */
struct asking {
	const char *file;
	tls_ask *ask; /* NULL: only note that somebody wanted to */
	struct error *e;
	bool asked;
	char *passphrase;
};

static void
wipe(struct buf *text)
{
	if (text->p != NULL)
		explicit_bzero(text->p, text->cap);
	buf_free(text);
}

static int
read_pem(const char *keyword, const char *path, bool secret, struct buf *text, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc = -1; /* no waiting for a FIFO */
	struct stat st;

	/* room for all of it at once: growing would leave copies behind */
	(void)buf_reserve(text, FILE_MAX);
	if (fd == -1 || fstat(fd, &st) == -1 || fcntl(fd, F_SETFL, 0) == -1)
		(void)error_sys(e, ERR_CONFIG, "%s %s", keyword, path);
	else if (secret && S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		(void)error_set(e, ERR_CONFIG,
		    "%s %s: others may read or write the key: chmod 600 %s", keyword, path, path);
	else if ((rc = read_to_end(fd, text)) == -1)
		(void)error_sys(e, ERR_CONFIG, "%s %s", keyword, path);
	if (fd != -1)
		(void)close(fd);
	return rc;
}

/* OpenSSL may call it more than once for one key. */
static int
give_passphrase(char *out, int size, int writing, void *arg)
{
	struct asking *a = arg;

	(void)writing;
	if (!a->asked && a->ask != NULL)
		a->passphrase = a->ask(a->file, a->e);
	a->asked = true;
	if (a->passphrase == NULL || strlcpy(out, a->passphrase, (size_t)size) >= (size_t)size)
		return -1;
	return (int)strlen(out);
}

static EVP_PKEY *
read_key(struct buf *text, struct asking *a)
{
	BIO *bio = BIO_new_mem_buf(text->p, (int)text->len);
	EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, a) : NULL;

	(void)BIO_free(bio);
	free_secret(a->passphrase);
	a->passphrase = NULL;
	return key;
}

static int
load_key(struct tls_identity *id, const char *path, tls_ask *ask, struct error *e)
{
	struct asking a = { .file = path, .ask = ask, .e = e };
	struct buf text = BUF_INIT(FILE_MAX);

	if (read_pem("tls-key", path, true, &text, e) == 0 &&
	    (id->key = read_key(&text, &a)) == NULL)
		/* unless ask() has said why */
		(void)error_set(e, ERR_CONFIG, "tls-key %s: %s", path,
		    a.asked ? "the passphrase is wrong" : "there is no private key in it");
	wipe(&text);
	ERR_clear_error();
	return id->key != NULL ? 0 : -1;
}

static int
load_cert(struct tls_identity *id, const char *path, struct error *e)
{
	struct buf text = BUF_INIT(FILE_MAX);
	BIO *bio = NULL;
	X509 *more;

	if (read_pem("tls-cert", path, false, &text, e) == 0 &&
	    (bio = BIO_new_mem_buf(text.p, (int)text.len)) != NULL) {
		id->cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		while (
		    id->cert != NULL && (more = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
			if (sk_X509_push(id->chain, more) == 0)
				X509_free(more);
	}
	if (id->cert == NULL)
		(void)error_set(e, ERR_CONFIG, "tls-cert %s: there is no certificate in it", path);
	(void)BIO_free(bio);
	wipe(&text); /* the key may be in it */
	ERR_clear_error();
	return id->cert != NULL ? 0 : -1;
}

struct tls_identity *
tls_identity_load(const char *cert, const char *key, tls_ask *ask, struct error *e)
{
	struct tls_identity *id = xcalloc(1, sizeof(*id));

	if ((id->chain = sk_X509_new_null()) == NULL)
		(void)error_set(e, ERR_OS, "tls-cert %s: %s", cert, tls_reason());
	else if (load_cert(id, cert, e) == 0 && load_key(id, key, ask, e) == 0) {
		if (X509_check_private_key(id->cert, id->key) == 1)
			return id;
		ERR_clear_error();
		(void)error_set(e, ERR_CONFIG,
		    "tls-key %s is not the key of the certificate in tls-cert %s", key, cert);
	}
	tls_identity_free(id);
	return NULL;
}

void
tls_identity_free(struct tls_identity *id)
{
	if (id == NULL)
		return;
	X509_free(id->cert);
	EVP_PKEY_free(id->key); /* wipes it */
	sk_X509_pop_free(id->chain, X509_free);
	free(id);
}

bool
tls_key_is_encrypted(const char *key)
{
	struct error e = { .cls = ERR_OK };
	struct asking a = { .file = key, .e = &e };
	struct buf text = BUF_INIT(FILE_MAX);

	if (read_pem("tls-key", key, true, &text, &e) == 0)
		EVP_PKEY_free(read_key(&text, &a));
	wipe(&text);
	ERR_clear_error();
	return a.asked;
}

bool
tls_identity_use(const struct tls_identity *id, SSL_CTX *ctx)
{
	return SSL_CTX_use_cert_and_key(ctx, id->cert, id->key, id->chain, 1) == 1;
}
