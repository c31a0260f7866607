/* Whose a package is: Ed25519 signatures of the manifest's bytes, keys, and what fits a host. */
#include "core/pack/ppk_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/text.h"

#define KEY_FILE_MOST 16384

/* ---- what fits ---- */

const char *ppk_arch(void)
{
#if defined(__x86_64__)
    return "x86_64";
#elif defined(__aarch64__)
    return "aarch64";
#elif defined(__riscv)
    return "riscv64";
#elif defined(__arm__)
    return "arm";
#else
    return "unknown";
#endif
}

static bool has_arch(const ppk_manifest *m, const char *arch)
{
    for (size_t i = 0; m->arch[i] != NULL; i++) {
        if (strcmp(m->arch[i], arch) == 0) {
            return true;
        }
    }
    return m->kind == PPK_PROFILES;
}

platen_code ppk_fits(const ppk *p, const ppk_host *host, const char **word, platen_error *err)
{
    const ppk_manifest *m = &p->about;
    if (word != NULL) {
        *word = "";
    }
    if (!has_arch(m, host->arch)) {
        return ppk_refuse(word, "other-architecture", err, PLATEN_E_UNSUPPORTED,
                          "'%s' has no code for %s; its first is for %s", m->name, host->arch,
                          m->arch[0]);
    }
    if (m->kind == PPK_PRODUCT) {
        return PLATEN_OK;
    }
    if (m->kind == PPK_PLUGIN &&
        (m->api_major != host->api_major || m->api_minor > host->api_minor)) {
        return ppk_refuse(word, "other-api", err, PLATEN_E_VERSION,
                          "'%s' is made for plugin API %" PRIu32 ".%" PRIu32
                          ", this Platen has %" PRIu32 ".%" PRIu32,
                          m->name, m->api_major, m->api_minor, host->api_major, host->api_minor);
    }
    if (m->platen[0] != '\0' && version_compare_text(m->platen, host->platen) > 0) {
        return ppk_refuse(word, "platen-too-old", err, PLATEN_E_VERSION,
                          "'%s' needs Platen %s, this is %s", m->name, m->platen, host->platen);
    }
    return PLATEN_OK;
}

/* ---- signatures ---- */

static bool signature_ok(const ppk *p, const trust_publisher *of)
{
    EVP_PKEY *key =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, of->public, sizeof(of->public));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = key != NULL && context != NULL &&
              EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
              EVP_DigestVerify(context, p->signature, sizeof(p->signature),
                               (const unsigned char *)p->text, p->length) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return ok;
}

static platen_code check_publisher(const ppk *p, const trust_publisher *of, int64_t now,
                                   const char **word, platen_error *err)
{
    char when[CLOCK_TEXT];
    char today[CLOCK_TEXT];
    if (of == NULL) {
        return ppk_refuse(word, "unknown-publisher", err, PLATEN_E_FORBIDDEN,
                          "'%s' is signed with the key %s, which is no trusted publisher's",
                          p->about.name, p->key);
    }
    if (of->revoked != 0) {
        return ppk_refuse(word, "publisher-revoked", err, PLATEN_E_FORBIDDEN,
                          "publisher '%s' was revoked at %s", of->name,
                          clock_format(of->revoked, when));
    }
    if (strcmp(trust_state(of, now), "expired") == 0) {
        return ppk_refuse(word, "publisher-expired", err, PLATEN_E_FORBIDDEN,
                          "the trust in publisher '%s' ended at %s, now it is %s", of->name,
                          clock_format(of->expires, when), clock_format(now, today));
    }
    return PLATEN_OK;
}

static platen_code check_signature(const ppk *p, const trust *t, int64_t now,
                                   const trust_publisher **publisher, const char **word,
                                   platen_error *err)
{
    const trust_publisher *of = trust_find(t, p->key);
    PLATEN_TRY(check_publisher(p, of, now, word, err));
    if (!signature_ok(p, of)) {
        return ppk_refuse(word, "signature", err, PLATEN_E_CORRUPT,
                          "the signature of '%s' is not that of publisher '%s'", p->about.name,
                          of->name);
    }
    *publisher = of;
    return PLATEN_OK;
}

platen_code ppk_verify(ppk *p, const trust *t, int64_t now, bool allow_unsigned,
                       const trust_publisher **publisher, const char **word, platen_error *err)
{
    const trust_publisher *of = NULL;
    if (word != NULL) {
        *word = "";
    }
    if (p->is_signed) {
        PLATEN_TRY(check_signature(p, t, now, &of, word, err));
    } else if (!allow_unsigned) {
        return ppk_refuse(word, "unsigned", err, PLATEN_E_FORBIDDEN, "'%s' is not signed",
                          p->about.name);
    }
    PLATEN_TRY(ppk_check_digests(p, word, err));
    if (publisher != NULL) {
        *publisher = of;
    }
    return PLATEN_OK;
}

/* ---- signing ---- */

/* No password is asked for: a program that packs has nobody to ask. */
static int no_password(char *buffer, int size, int writing, void *user)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)user;
    return -1;
}

static platen_code read_private_key(const char *path, EVP_PKEY **out, platen_error *err)
{
    char *pem = NULL;
    size_t length = 0;
    PLATEN_TRY(file_read(path, KEY_FILE_MOST, &pem, &length, err));
    BIO *bio = BIO_new_mem_buf(pem, (int)length);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
    BIO_free(bio);
    explicit_bzero(pem, length);
    free(pem);
    if (key == NULL || EVP_PKEY_is_a(key, "ED25519") != 1) {
        EVP_PKEY_free(key);
        return error_set(err, PLATEN_E_INVAL,
                         "'%s' is no private Ed25519 key in PEM form without a password", path);
    }
    *out = key;
    return PLATEN_OK;
}

static platen_code id_of_key(const EVP_PKEY *key, char id[TRUST_ID], platen_error *err)
{
    uint8_t raw[TRUST_KEY];
    size_t size = sizeof(raw);
    return EVP_PKEY_get_raw_public_key(key, raw, &size) == 1
               ? digest_bytes(raw, size, id, err)
               : error_set(err, PLATEN_E_INTERNAL, "cannot read a public key");
}

static platen_code make_signature(const ppk *p, EVP_PKEY *key, const char *id, strbuf *out,
                                  platen_error *err)
{
    uint8_t bytes[PPK_SIGNATURE_BYTES];
    size_t size = sizeof(bytes);
    strbuf text;
    json_writer w;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
              EVP_DigestSign(context, bytes, &size, (const unsigned char *)p->text, p->length) == 1;
    EVP_MD_CTX_free(context);
    if (!ok || size != sizeof(bytes)) {
        return error_set(err, PLATEN_E_INTERNAL, "cannot sign '%s'", p->path);
    }
    strbuf_init(&text);
    text_base64(&text, bytes, size);
    json_init(&w, out);
    json_object(&w, NULL);
    json_text(&w, "key", id);
    json_text(&w, "signature", text.data);
    json_object_end(&w);
    strbuf_append_char(out, '\n');
    strbuf_fini(&text);
    return out->failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a signature") : PLATEN_OK;
}

/* libzip writes a file beside and renames it. */
static platen_code put_signature(const char *file, const strbuf *text, platen_error *err)
{
    int number = 0;
    zip_t *zip = zip_open(file, 0, &number);
    zip_source_t *source = zip != NULL ? zip_source_buffer(zip, text->data, text->length, 0) : NULL;
    zip_int64_t index = source != NULL ? zip_file_add(zip, PPK_SIGNATURE, source,
                                                      ZIP_FL_OVERWRITE | ZIP_FL_ENC_UTF_8)
                                       : -1;
    if (index >= 0) {
        ppk_dress(zip, (zip_uint64_t)index, PPK_SIGNATURE, 0);
        if (zip_close(zip) == 0) {
            return PLATEN_OK;
        }
    } else {
        zip_source_free(source);
    }
    platen_code rc = error_set(err, PLATEN_E_IO, "cannot write '%s': %s", file,
                               zip != NULL ? zip_strerror(zip) : "it cannot be opened");
    if (zip != NULL) {
        zip_discard(zip);
    }
    return rc;
}

static platen_code sign(const char *file, EVP_PKEY *key, const char *id, platen_error *err)
{
    ppk *p = NULL;
    strbuf text;
    PLATEN_TRY(ppk_open(file, &p, NULL, err));
    strbuf_init(&text);
    platen_code rc = ppk_check_digests(p, NULL, err);
    rc = rc == PLATEN_OK ? make_signature(p, key, id, &text, err) : rc;
    ppk_close(p);
    rc = rc == PLATEN_OK ? put_signature(file, &text, err) : rc;
    strbuf_fini(&text);
    return rc;
}

platen_code ppk_sign(const char *file, const char *key_file, char id[TRUST_ID], platen_error *err)
{
    EVP_PKEY *key = NULL;
    char own[TRUST_ID];
    PLATEN_TRY(read_private_key(key_file, &key, err));
    platen_code rc = id_of_key(key, own, err);
    rc = rc == PLATEN_OK ? sign(file, key, own, err) : rc;
    EVP_PKEY_free(key);
    if (rc == PLATEN_OK && id != NULL) {
        memcpy(id, own, sizeof(own));
    }
    return rc;
}

/* ---- making keys ---- */

static platen_code write_new(const char *path, BIO *bio, mode_t mode, platen_error *err)
{
    char *data = NULL;
    long length = BIO_get_mem_data(bio, &data);
    if (file_exists(path)) {
        return error_set(err, PLATEN_E_EXISTS, "'%s' is there already", path);
    }
    return length > 0 ? file_write(path, data, (size_t)length, mode, err)
                      : error_set(err, PLATEN_E_INTERNAL, "cannot write a key");
}

platen_code ppk_keygen(const char *key_file, const char *public_file, char id[TRUST_ID],
                       platen_error *err)
{
    char own[TRUST_ID];
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    BIO *secret = BIO_new(BIO_s_secmem());
    BIO *public = BIO_new(BIO_s_mem());
    platen_code rc = PLATEN_OK;
    if (key == NULL || secret == NULL || public == NULL ||
        PEM_write_bio_PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL) != 1 ||
        PEM_write_bio_PUBKEY(public, key) != 1) {
        rc = error_set(err, PLATEN_E_INTERNAL, "cannot make a key");
    }
    rc = rc == PLATEN_OK ? id_of_key(key, own, err) : rc;
    if (rc == PLATEN_OK && file_exists(public_file)) {
        rc = error_set(err, PLATEN_E_EXISTS, "'%s' is there already", public_file);
    }
    rc = rc == PLATEN_OK ? write_new(key_file, secret, 0600, err) : rc;
    rc = rc == PLATEN_OK ? write_new(public_file, public, 0644, err) : rc;
    BIO_free(secret);
    BIO_free(public);
    EVP_PKEY_free(key);
    if (rc == PLATEN_OK && id != NULL) {
        memcpy(id, own, sizeof(own));
    }
    return rc;
}
