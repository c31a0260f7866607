/*
 * platen setting-value show FILE: what is in a file of settings, without a server. The client
 * starts it. Exit status as the client's: 0 done, 1 failed, 2 wrong usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "../container.h"
#include "../import.h"

#define DONE 0
#define FAILED 1
#define USAGE 2

static const char usage[] =
    "usage: platen setting-value show FILE [--password-stdin] [--json|--csv]\n\n"
    "Shows the settings in a file: an encrypted container, JSON or CSV. The password of\n"
    "a container is asked for, or read from standard input. No server is needed.\n";

typedef struct wish {
    const char *file;
    bool from_input;
    bool json;
    bool csv;
} wish;

/* ---- the file and its password ---- */

static bool read_all(const char *path, uint8_t **bytes, size_t *length)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat is;
    bool good = fd >= 0 && fstat(fd, &is) == 0 && S_ISREG(is.st_mode);
    if (!good || (uint64_t)is.st_size > DOCUMENT_MAX) {
        (void)fprintf(stderr, "platen: '%s' %s\n", path,
                      good      ? "is larger than any file of settings"
                      : fd >= 0 ? "is no file"
                                : strerror(errno));
        good = false;
    }
    *bytes = good ? malloc((size_t)is.st_size + 1) : NULL;
    *length = 0;
    ssize_t got = 1;
    while (*bytes != NULL && *length < (size_t)is.st_size && got > 0) {
        got = read(fd, *bytes + *length, (size_t)is.st_size - *length);
        *length += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return *bytes != NULL;
}

/* One line without its end. */
static bool read_line(FILE *from, char password[CONTAINER_PASSWORD_MAX + 2])
{
    bool got = fgets(password, CONTAINER_PASSWORD_MAX + 2, from) != NULL;
    password[got ? strcspn(password, "\r\n") : 0] = '\0';
    return got;
}

static bool ask(char password[CONTAINER_PASSWORD_MAX + 2])
{
    struct termios before;
    FILE *terminal = fopen("/dev/tty", "r+e");
    if (terminal == NULL || tcgetattr(fileno(terminal), &before) != 0) {
        (void)fprintf(stderr, "platen: no terminal to ask for the password: --password-stdin\n");
        if (terminal != NULL) {
            (void)fclose(terminal);
        }
        return false;
    }
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    (void)fputs("password: ", terminal);
    (void)fflush(terminal);
    (void)tcsetattr(fileno(terminal), TCSAFLUSH, &silent);
    bool got = read_line(terminal, password);
    (void)tcsetattr(fileno(terminal), TCSAFLUSH, &before);
    (void)fputc('\n', terminal);
    (void)fclose(terminal);
    return got;
}

/* ---- showing ---- */

/* Nothing of a file may move the cursor of a terminal. */
static void put_text(const char *text, int width)
{
    int columns = 0;
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        bool control = *at < ' ' || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0);
        (void)fputc(control ? '?' : *at, stdout);
        at += control && *at == 0xc2 ? 1 : 0;
        columns += (*at & 0xc0) != 0x80 ? 1 : 0;
    }
    while (columns++ < width) {
        (void)fputc(' ', stdout);
    }
}

static void put_head(const char *name, const char *text)
{
    if (text[0] != '\0') {
        (void)printf("%-9s ", name);
        put_text(text, 0);
        (void)putchar('\n');
    }
}

static void show_table(const document *d)
{
    char value[ITEM_TEXT_MAX + 1];
    int width = 4;
    put_head("name", d->name);
    put_head("kind", d->kind);
    put_head("made", d->made);
    put_head("device", d->device);
    put_head("serial", d->serial);
    put_head("model", d->model);
    put_head("type", d->type);
    put_head("platform", d->platform);
    for (uint32_t i = 0; i < d->items.count; i++) {
        int length = (int)strlen(d->items.at[i].path);
        width = length > width && length <= 60 ? length : width;
    }
    (void)printf("settings  %u\n\n", d->items.count);
    for (uint32_t i = 0; i < d->items.count; i++) {
        const item *one = &d->items.at[i];
        item_value_text(one->value, value, sizeof(value));
        put_text(one->path, width + 2);
        put_text(value, 0);
        (void)fputs(one->output ? "\n" : "  (not for output)\n", stdout);
    }
}

static bool show(const document *d, const wish *w)
{
    if (!w->json && !w->csv) {
        show_table(d);
        return true;
    }
    char *text = w->json ? document_text(d) : export_csv(&d->items);
    if (text != NULL) {
        (void)printf(w->json ? "%s\n" : "%s", text);
    }
    free(text);
    return text != NULL;
}

static int read_and_show(const wish *w)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    char password[CONTAINER_PASSWORD_MAX + 2] = "";
    document d;
    platen_error err = PLATEN_ERROR_INIT;
    if (!read_all(w->file, &bytes, &length)) {
        return FAILED;
    }
    bool locked = import_form_of(bytes, length) == IMPORT_CONTAINER;
    if (locked && !(w->from_input ? read_line(stdin, password) : ask(password))) {
        free(bytes);
        return FAILED;
    }
    platen_code rc = import_file(bytes, length, password, &d, &err);
    explicit_bzero(password, sizeof(password));
    free(bytes);
    if (rc != PLATEN_OK) {
        (void)fprintf(stderr, "platen: %s\n", err.text);
        return FAILED;
    }
    bool good = show(&d, w) && fflush(stdout) == 0;
    document_fini(&d);
    return good ? DONE : FAILED;
}

/* ---- the command line ---- */

static bool take(wish *w, const char *word)
{
    bool *const flag = strcmp(word, "--password-stdin") == 0 ? &w->from_input
                       : strcmp(word, "--json") == 0         ? &w->json
                       : strcmp(word, "--csv") == 0          ? &w->csv
                                                             : NULL;
    if (flag != NULL) {
        *flag = true;
        return true;
    }
    bool good = word[0] != '-' && w->file == NULL;
    w->file = good ? word : w->file;
    return good;
}

int main(int argc, char **argv)
{
    wish w = {NULL, false, false, false};
    bool good = true;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(usage, stdout);
            return DONE;
        }
        good = good && take(&w, argv[i]);
    }
    if (!good || w.file == NULL || (w.json && w.csv)) {
        (void)fputs(usage, stderr);
        return USAGE;
    }
    return read_and_show(&w);
}
