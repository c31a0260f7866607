/* See browser.h. */
#include "browser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/text.h"

static unsigned char spnego_oid[] = {0x2b, 6, 1, 5, 5, 2};

int browser_run(const char *const *arguments)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        union {
            const char *const *from;
            char *const *to;
        } same = {arguments};
        (void)execvp(arguments[0], same.to);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void browser_log_in(const char *who, const char *password)
{
    char line[256];
    (void)snprintf(line, sizeof(line), "echo '%s' | kinit '%s' >/dev/null", password, who);
    const char *const arguments[] = {"sh", "-c", line, NULL};
    assert_int_equal(browser_run(arguments), 0);
}

OM_uint32 browser_step(browser *b, gss_buffer_t answer)
{
    OM_uint32 minor = 0;
    OM_uint32 ignored = 0;
    gss_OID_desc spnego = {sizeof(spnego_oid), spnego_oid};
    (void)gss_release_buffer(&ignored, &b->token);
    return gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &b->context, b->to, &spnego,
                                GSS_C_MUTUAL_FLAG, 0, GSS_C_NO_CHANNEL_BINDINGS, answer, NULL,
                                &b->token, NULL, NULL);
}

void browser_begin(browser *b, const char *service)
{
    OM_uint32 minor = 0;
    char name[64];
    memset(b, 0, sizeof(*b));
    (void)snprintf(name, sizeof(name), "%s", service);
    gss_buffer_desc text = {.length = strlen(name), .value = name};
    assert_int_equal(gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &b->to), 0);
    assert_int_equal(browser_step(b, GSS_C_NO_BUFFER), GSS_S_CONTINUE_NEEDED);
    assert_true(b->token.length > 0);
}

void browser_end(browser *b)
{
    OM_uint32 minor = 0;
    (void)gss_release_buffer(&minor, &b->token);
    (void)gss_delete_sec_context(&minor, &b->context, GSS_C_NO_BUFFER);
    (void)gss_release_name(&minor, &b->to);
}

char *browser_keytab(const char *folder, const char *name)
{
    char path[FILE_PATH];
    char *bytes = NULL;
    size_t length = 0;
    strbuf text;
    strbuf_init(&text);
    assert_int_equal(file_join(path, folder, name, NULL), PLATEN_OK);
    assert_int_equal(file_read(path, 65536, &bytes, &length, NULL), PLATEN_OK);
    text_base64(&text, bytes, length);
    free(bytes);
    return strbuf_take(&text);
}
