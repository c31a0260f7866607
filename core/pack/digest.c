/* See digest.h. */
#include "core/pack/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "core/base/text.h"

#define CHUNK ((size_t)65536)

platen_code digest_fd(int fd, const char *path, char digest[DIGEST_TEXT], int64_t *size,
                      platen_error *err)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    char *piece = malloc(CHUNK);
    bool good = hash != NULL && piece != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1;
    ssize_t n = 0;
    *size = 0;
    while (good && (n = read(fd, piece, CHUNK)) > 0) {
        good = EVP_DigestUpdate(hash, piece, (size_t)n) == 1;
        *size += n;
    }
    int failure = n < 0 ? errno : 0;
    good = good && EVP_DigestFinal_ex(hash, bytes, NULL) == 1;
    EVP_MD_CTX_free(hash);
    free(piece);
    if (failure != 0) {
        return error_sys(err, PLATEN_E_IO, failure, "cannot read '%s'", path);
    }
    if (!good) {
        return error_set(err, PLATEN_E_INTERNAL, "cannot compute a digest of '%s'", path);
    }
    text_hex(digest, bytes, (DIGEST_TEXT - 1) / 2);
    return PLATEN_OK;
}

platen_code digest_file(const char *path, char digest[DIGEST_TEXT], int64_t *size,
                        platen_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot open '%s'", path);
    }
    platen_code rc = digest_fd(fd, path, digest, size, err);
    (void)close(fd);
    return rc;
}

platen_code digest_bytes(const void *data, size_t length, char digest[DIGEST_TEXT],
                         platen_error *err)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    if (EVP_Digest(data, length, bytes, NULL, EVP_sha256(), NULL) != 1) {
        return error_set(err, PLATEN_E_INTERNAL, "cannot compute a digest");
    }
    text_hex(digest, bytes, (DIGEST_TEXT - 1) / 2);
    return PLATEN_OK;
}
