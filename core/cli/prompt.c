/* The terminal's echo is switched off for the time of one line. */
#include "core/cli/prompt.h"

#include <errno.h>
#include <string.h>
#include <termios.h>

static platen_code read_line(cli *c, FILE *from, const char *question, char secret[PROMPT_SECRET],
                             platen_error *err)
{
    size_t length = 0;
    int byte;
    while ((byte = getc(from)) != EOF && byte != '\n') {
        if (byte == '\0' || length + 1 == PROMPT_SECRET) {
            explicit_bzero(secret, PROMPT_SECRET);
            return cli_usage(c, err, "%s: a line of at most %d bytes is needed", question,
                             PROMPT_SECRET - 1);
        }
        secret[length++] = (char)byte;
    }
    if (length > 0 && secret[length - 1] == '\r') {
        length--;
    }
    secret[length] = '\0';
    return length > 0 ? PLATEN_OK : cli_usage(c, err, "%s: nothing was given", question);
}

static platen_code ask(cli *c, FILE *terminal, const char *question, char secret[PROMPT_SECRET],
                       platen_error *err)
{
    struct termios before;
    struct termios quiet;
    int fd = fileno(terminal);
    if (tcgetattr(fd, &before) != 0) {
        return error_sys(err, PLATEN_E_IO, errno, "terminal");
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    if (tcsetattr(fd, TCSAFLUSH, &quiet) != 0) {
        return error_sys(err, PLATEN_E_IO, errno, "terminal");
    }
    (void)fprintf(terminal, "%s: ", question);
    (void)fflush(terminal);
    platen_code rc = read_line(c, terminal, question, secret, err);
    (void)tcsetattr(fd, TCSAFLUSH, &before);
    (void)fprintf(terminal, "\n");
    return rc;
}

platen_code prompt_secret(cli *c, bool from_input, const char *question, char secret[PROMPT_SECRET],
                          platen_error *err)
{
    if (from_input) {
        return read_line(c, c->in, question, secret, err);
    }
    FILE *terminal = fopen("/dev/tty", "r+e");
    if (terminal == NULL) {
        return cli_usage(c, err, "%s: no terminal to ask on; give it on standard input", question);
    }
    /* Unbuffered: the secret shall not stay in a buffer of stdio. */
    (void)setvbuf(terminal, NULL, _IONBF, 0);
    platen_code rc = ask(c, terminal, question, secret, err);
    (void)fclose(terminal);
    return rc;
}
