/* Keys and ciphers of USM on libcrypto. One digest and one cipher context serve all devices: the
 * world's lock is held by whoever comes here. */
#include "usm.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_SIZE = 4096, ENGINE_MAX = 12 };

/* Localized keys of the last devices asked: Reeder's way costs a megabyte of hashing each. */
struct cached {
    const char *user; /* the user's name stands for the user, its address does not move */
    size_t engine_len;
    uint8_t engine[ENGINE_MAX];
    struct usm_keys keys;
};

static EVP_MD_CTX *digest_context;
static EVP_CIPHER_CTX *cipher_context;
static EVP_CIPHER *ciphers[PRIV_AES256 + 1];
static struct cached *cache;

static const struct {
    const char *name;
    const char *fetch;
    size_t digest_size;
} auths[] = {
    {"MD5", "MD5", 12},        {"SHA", "SHA1", 12},       {"SHA1", "SHA1", 12},
    {"SHA-1", "SHA1", 12},     {"SHA-224", "SHA224", 16}, {"SHA224", "SHA224", 16},
    {"SHA-256", "SHA256", 24}, {"SHA256", "SHA256", 24},  {"SHA-384", "SHA384", 32},
    {"SHA384", "SHA384", 32},  {"SHA-512", "SHA512", 48}, {"SHA512", "SHA512", 48},
};

static const struct {
    const char *name;
    enum usm_priv priv;
    bool reeder;
} privs[] = {
    {"DES", PRIV_DES, false},       {"AES", PRIV_AES128, false},
    {"AES128", PRIV_AES128, false}, {"AES-128", PRIV_AES128, false},
    {"AES192", PRIV_AES192, false}, {"AES-192", PRIV_AES192, false},
    {"AES256", PRIV_AES256, false}, {"AES-256", PRIV_AES256, false},
    {"AES192C", PRIV_AES192, true}, {"AES-192-C", PRIV_AES192, true},
    {"AES256C", PRIV_AES256, true}, {"AES-256-C", PRIV_AES256, true},
};

static size_t key_size(enum usm_priv priv)
{
    switch (priv) {
    case PRIV_DES:
    case PRIV_AES128:
        return 16;
    case PRIV_AES192:
        return 24;
    case PRIV_AES256:
        return 32;
    case PRIV_NONE:
        break;
    }
    return 0;
}

static bool init(void)
{
    if (cache != NULL) {
        return true;
    }
    digest_context = EVP_MD_CTX_new();
    cipher_context = EVP_CIPHER_CTX_new();
    /* single DES sits in the legacy provider; triple DES with three equal keys is the same */
    ciphers[PRIV_DES] = EVP_CIPHER_fetch(NULL, "DES-EDE3-CBC", NULL);
    ciphers[PRIV_AES128] = EVP_CIPHER_fetch(NULL, "AES-128-CFB", NULL);
    ciphers[PRIV_AES192] = EVP_CIPHER_fetch(NULL, "AES-192-CFB", NULL);
    ciphers[PRIV_AES256] = EVP_CIPHER_fetch(NULL, "AES-256-CFB", NULL);
    cache = calloc(CACHE_SIZE, sizeof *cache);
    return digest_context != NULL && cipher_context != NULL && cache != NULL;
}

void usm_fini(struct usm_user *users, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        EVP_MD_free(users[i].md);
    }
    for (int i = PRIV_NONE; i <= PRIV_AES256; i++) {
        EVP_CIPHER_free(ciphers[i]);
        ciphers[i] = NULL;
    }
    EVP_MD_CTX_free(digest_context);
    EVP_CIPHER_CTX_free(cipher_context);
    free(cache);
    digest_context = NULL;
    cipher_context = NULL;
    cache = NULL;
}

struct span {
    const void *bytes;
    size_t len;
};

static bool hash_spans(EVP_MD *md, const struct span *spans, size_t count, uint8_t *out)
{
    bool ok = EVP_DigestInit_ex(digest_context, md, NULL) == 1;

    for (size_t i = 0; ok && i < count; i++) {
        ok = EVP_DigestUpdate(digest_context, spans[i].bytes, spans[i].len) == 1;
    }
    return ok && EVP_DigestFinal_ex(digest_context, out, NULL) == 1;
}

/* RFC 3414 A.2: the hash of a megabyte of repeated passphrase */
static bool stretch(EVP_MD *md, const uint8_t *pass, size_t len, uint8_t *out)
{
    uint8_t block[4096];
    size_t at = 0;

    if (len == 0 || EVP_DigestInit_ex(digest_context, md, NULL) != 1) {
        return false;
    }
    for (size_t done = 0; done < 1048576; done += sizeof block) {
        for (size_t i = 0; i < sizeof block; i++) {
            block[i] = pass[at];
            at = at + 1 == len ? 0 : at + 1;
        }
        if (EVP_DigestUpdate(digest_context, block, sizeof block) != 1) {
            return false;
        }
    }
    return EVP_DigestFinal_ex(digest_context, out, NULL) == 1;
}

static bool localize_key(const struct usm_user *u, const uint8_t *key, const uint8_t *engine,
                         size_t engine_len, uint8_t *out)
{
    const struct span spans[] = {{key, u->md_size}, {engine, engine_len}, {key, u->md_size}};

    return hash_spans(u->md, spans, 3, out);
}

/* A key longer than the hash: Blumenthal appends the hash of all so far, Reeder treats the last
 * piece as a passphrase again. */
static bool lengthen(const struct usm_user *u, const uint8_t *engine, size_t engine_len,
                     uint8_t *key)
{
    size_t have = u->md_size;
    size_t last = 0;
    uint8_t piece[USM_KEY_MAX];

    while (have < key_size(u->priv)) {
        const struct span all = {key, have};
        uint8_t stretched[USM_KEY_MAX];
        bool ok = u->reeder ? stretch(u->md, key + last, u->md_size, stretched) &&
                                  localize_key(u, stretched, engine, engine_len, piece)
                            : hash_spans(u->md, &all, 1, piece);
        if (!ok) {
            return false;
        }
        size_t room = USM_KEY_MAX - have;
        memcpy(key + have, piece, u->md_size < room ? u->md_size : room);
        last = have;
        have += u->md_size;
    }
    return true;
}

bool usm_localize(const struct usm_user *u, const uint8_t *engine, size_t engine_len,
                  struct usm_keys *keys)
{
    uint32_t h = 2166136261U;

    if (u->md == NULL) {
        return true;
    }
    if (engine_len > ENGINE_MAX) {
        return false;
    }
    for (size_t i = 0; i < engine_len; i++) {
        h = (h ^ engine[i]) * 16777619U;
    }
    struct cached *c = &cache[(h ^ (uint32_t)((uintptr_t)u >> 6)) % CACHE_SIZE];
    if (c->user != u->name || c->engine_len != engine_len ||
        memcmp(c->engine, engine, engine_len) != 0) {
        c->user = NULL;
        if (!localize_key(u, u->auth_key, engine, engine_len, c->keys.auth)) {
            return false;
        }
        if (u->priv != PRIV_NONE &&
            (!localize_key(u, u->priv_key, engine, engine_len, c->keys.priv) ||
             !lengthen(u, engine, engine_len, c->keys.priv))) {
            return false;
        }
        c->user = u->name;
        c->engine_len = engine_len;
        memcpy(c->engine, engine, engine_len);
    }
    *keys = c->keys;
    return true;
}

/* HMAC by hand (RFC 2104): libcrypto's own costs several allocations a call. */
bool usm_digest(const struct usm_user *u, const struct usm_keys *keys, const uint8_t *message,
                size_t len, uint8_t digest[USM_KEY_MAX])
{
    size_t block = (size_t)EVP_MD_get_block_size(u->md);
    uint8_t inner[128];
    uint8_t outer[128];

    memset(inner, 0x36, sizeof inner);
    memset(outer, 0x5c, sizeof outer);
    for (size_t i = 0; i < u->md_size; i++) {
        inner[i] ^= keys->auth[i];
        outer[i] ^= keys->auth[i];
    }
    uint8_t first[USM_KEY_MAX];
    const struct span in[] = {{inner, block}, {message, len}};
    const struct span out[] = {{outer, block}, {first, u->md_size}};
    return hash_spans(u->md, in, 2, first) && hash_spans(u->md, out, 2, digest);
}

static void put32(uint8_t *out, uint32_t v)
{
    for (int i = 0; i < 4; i++) {
        out[i] = (uint8_t)(v >> (24 - 8 * i));
    }
}

bool usm_cipher(const struct usm_user *u, const struct usm_keys *keys, bool encrypt, uint32_t boots,
                uint32_t time, const uint8_t salt[8], uint8_t *data, size_t len)
{
    uint8_t iv[16];
    uint8_t key[32];
    int done = 0;

    if (u->priv == PRIV_DES) {
        for (size_t i = 0; i < 8; i++) {
            iv[i] = keys->priv[8 + i] ^ salt[i];
            key[i] = key[8 + i] = key[16 + i] = keys->priv[i];
        }
    } else {
        put32(iv, boots);
        put32(iv + 4, time);
        memcpy(iv + 8, salt, 8);
        memcpy(key, keys->priv, key_size(u->priv));
    }
    return len < INT32_MAX &&
           EVP_CipherInit_ex2(cipher_context, ciphers[u->priv], key, iv, encrypt, NULL) == 1 &&
           EVP_CIPHER_CTX_set_padding(cipher_context, 0) == 1 &&
           EVP_CipherUpdate(cipher_context, data, &done, data, (int)len) == 1 &&
           (size_t)done == len;
}

/* Copies the next part of a colon-separated text; false at its end. */
static bool next_part(const char **at, char *out, size_t cap)
{
    if (*at == NULL) {
        return false;
    }
    const char *colon = strchr(*at, ':');
    size_t n = colon == NULL ? strlen(*at) : (size_t)(colon - *at);
    if (n >= cap) {
        return false;
    }
    memcpy(out, *at, n);
    out[n] = '\0';
    *at = colon == NULL ? NULL : colon + 1;
    return true;
}

static bool read_auth(struct usm_user *u, const char *proto, const char *pass)
{
    for (size_t i = 0; i < sizeof auths / sizeof *auths; i++) {
        if (strcmp(auths[i].name, proto) == 0) {
            u->md = EVP_MD_fetch(NULL, auths[i].fetch, NULL);
            u->digest_size = auths[i].digest_size;
            if (u->md == NULL) {
                return false;
            }
            u->md_size = (size_t)EVP_MD_get_size(u->md);
            return stretch(u->md, (const uint8_t *)pass, strlen(pass), u->auth_key);
        }
    }
    return false;
}

static bool read_priv(struct usm_user *u, const char *proto, const char *pass)
{
    for (size_t i = 0; i < sizeof privs / sizeof *privs; i++) {
        if (strcmp(privs[i].name, proto) == 0) {
            u->priv = privs[i].priv;
            u->reeder = privs[i].reeder;
            return ciphers[u->priv] != NULL &&
                   stretch(u->md, (const uint8_t *)pass, strlen(pass), u->priv_key);
        }
    }
    return false;
}

bool usm_user_read(struct usm_user *u, const char *text)
{
    enum { NAME, AUTH, AUTH_PASS, PRIV, PRIV_PASS, CONTEXT, PARTS };
    char parts[PARTS][128] = {{0}};
    const char *at = text;

    *u = (struct usm_user){.md = NULL};
    for (int i = 0; i < PARTS && at != NULL; i++) {
        if (!next_part(&at, parts[i], sizeof parts[i])) {
            return false;
        }
    }
    if (!init() || at != NULL || parts[NAME][0] == '\0' || strlen(parts[NAME]) > USM_NAME_MAX ||
        strlen(parts[CONTEXT]) > USM_NAME_MAX ||
        (parts[PRIV][0] != '\0' && parts[AUTH][0] == '\0')) {
        return false;
    }
    snprintf(u->name, sizeof u->name, "%.*s", USM_NAME_MAX, parts[NAME]);
    snprintf(u->context, sizeof u->context, "%.*s", USM_NAME_MAX, parts[CONTEXT]);
    bool ok = (parts[AUTH][0] == '\0' || read_auth(u, parts[AUTH], parts[AUTH_PASS])) &&
              (parts[PRIV][0] == '\0' || read_priv(u, parts[PRIV], parts[PRIV_PASS]));
    if (!ok) {
        EVP_MD_free(u->md);
    }
    return ok;
}
