/* Devices with a settings bundle. The names are of the kind that devices have; values are invented.
 */
#include "device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const defaults[SETTINGS][2] = {
    {"mfp.fax.stationName", "Copy room"},
    {"mfp.fax.stationNumber", "0049 30 1"},
    {"mfp.fax.mode", "Analog"},
    {"network.hostname", ""},
    {"network.http.enabled", "1"},
    {"print.copies", "1"},
    {"print.defaultTray", "Tray 1"},
    {"print.duplex", "Off"},
    {"display.language", "English"},
    {"display.brightness", "75"},
    {"tray1.mediaType", "Plain <80 g> & more"},
    {"power.sleepTimeout", "20"},
};

void device_init(struct device *d, unsigned number)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        d->settings[i].name = defaults[i][0];
        snprintf(d->settings[i].value, sizeof d->settings[i].value, "%s", defaults[i][1]);
    }
    snprintf(d->settings[3].value, sizeof d->settings[3].value, "ET%06u", number);
}

enum mode mode_by_name(const char *name)
{
    static const char *const names[MODES] = {"good",   "busy",     "none",    "truncated", "bomb",
                                             "laughs", "external", "not-zip", "upward",    "keep",
                                             "round",  "refuse",   "lose",    "reboot"};

    for (size_t i = 0; i < MODES; i++) {
        if (strcmp(names[i], name) == 0) {
            return (enum mode)i;
        }
    }
    return MODES;
}

/* ---- export ---- */

static void add_text(struct buffer *b, const char *text)
{
    buffer_add(b, text, strlen(text));
}

static void add_escaped(struct buffer *b, const char *text)
{
    for (; *text != '\0'; text++) {
        const char *entity = *text == '<' ? "&lt;" : *text == '&' ? "&amp;" : NULL;
        if (entity != NULL) {
            add_text(b, entity);
        } else {
            buffer_add(b, text, 1);
        }
    }
}

static struct buffer settings_xml(const struct device *d)
{
    struct buffer xml = {0};

    add_text(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<bundle>\r\n  <bundleInfo>\r\n"
                   "    <name>exported</name>\r\n  </bundleInfo>\r\n  <deviceSettings>\r\n");
    for (size_t i = 0; i < SETTINGS; i++) {
        add_text(&xml, "    <setting name=\"");
        add_escaped(&xml, d->settings[i].name);
        add_text(&xml, "\">");
        add_escaped(&xml, d->settings[i].value);
        add_text(&xml, "</setting>\r\n");
    }
    add_text(&xml, "  </deviceSettings>\r\n</bundle>\r\n");
    return xml;
}

static const char applications[] =
    "<esfSettings><app><instance>\n<setting name=\"guid\">1</setting></instance>\n"
    "<instance><setting name=\"guid\">2</setting></instance></app></esfSettings>";
static const char laughs[] =
    "<!DOCTYPE b [<!ENTITY a \"ha ha ha ha ha ha ha ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
    "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;\">]>"
    "<bundle><deviceSettings><setting name=\"x\">&d;</setting></deviceSettings></bundle>";
static const char external[] =
    "<!DOCTYPE b [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>"
    "<bundle><deviceSettings><setting name=\"x\">&e;</setting></deviceSettings></bundle>";

static void export_bomb(struct buffer *out)
{
    struct buffer directory = {0};
    unsigned count = 0;
    char name[16];
    char *zeros = calloc(1, 4 << 20);

    for (unsigned i = 0; zeros != NULL && i < 64; i++) {
        snprintf(name, sizeof name, "f%u.xml", i);
        zip_add(out, &directory, &count, name, zeros, 4 << 20);
    }
    zip_end(out, &directory, count);
    free(zeros);
}

void device_export(const struct device *d, struct buffer *out)
{
    struct buffer directory = {0};
    unsigned count = 0;

    if (d->mode == MODE_NOT_ZIP) {
        add_text(out, "<html><body>Sign in</body></html>");
        return;
    }
    if (d->mode == MODE_BOMB) {
        export_bomb(out);
        return;
    }
    struct buffer xml = settings_xml(d);
    const char *name = d->mode == MODE_UPWARD ? "../../../tmp/bundle.xml" : "bundle.xml";
    if (d->mode == MODE_LAUGHS || d->mode == MODE_EXTERNAL) {
        buffer_free(&xml);
        add_text(&xml, d->mode == MODE_LAUGHS ? laughs : external);
    }
    zip_add(out, &directory, &count, "esf_settings.xml", applications, sizeof applications - 1);
    zip_add(out, &directory, &count, name, xml.data, xml.length);
    zip_end(out, &directory, count);
    buffer_free(&xml);
    if (d->mode == MODE_TRUNCATED) {
        out->length /= 2;
    }
}

/* ---- import ---- */

const char *device_value(const struct device *d, const char *name)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        if (strcmp(d->settings[i].name, name) == 0) {
            return d->settings[i].value;
        }
    }
    return NULL;
}

bool device_put(struct device *d, const char *name, const char *value)
{
    bool found = false;

    for (size_t i = 0; i < SETTINGS; i++) {
        if (strcmp(d->settings[i].name, name) == 0) {
            snprintf(d->settings[i].value, sizeof d->settings[i].value, "%s", value);
            found = true;
        }
    }
    return found;
}

/* Copies what stands up to `end` and makes the five entities characters. */
static void plain(const char *from, const char *end, char *out, size_t room)
{
    static const struct {
        const char *entity;
        char c;
    } known[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&amp;", '&'}, {"&#13;", '\r'}};
    size_t at = 0;

    while (from < end && at + 1 < room) {
        size_t step = 1;
        out[at] = *from;
        for (size_t i = 0; *from == '&' && i < sizeof known / sizeof *known; i++) {
            if (strncmp(from, known[i].entity, strlen(known[i].entity)) == 0) {
                out[at] = known[i].c;
                step = strlen(known[i].entity);
                break;
            }
        }
        from += step;
        at++;
    }
    out[at] = '\0';
}

static void take(struct device *d, const char *name, const char *value)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        if (strcmp(d->settings[i].name, name) == 0 && d->mode != MODE_KEEP) {
            int most = d->mode == MODE_ROUND ? 4 : (int)sizeof d->settings[i].value - 1;
            snprintf(d->settings[i].value, sizeof d->settings[i].value, "%.*s", most, value);
        }
    }
}

bool device_import(struct device *d, const uint8_t *zip, size_t length)
{
    static const char begin[] = "<setting name=\"";
    static const char close[] = "</setting>";
    size_t size = 0;
    char name[256];
    char value[256];
    char *xml = zip_get(zip, length, "bundle.xml", &size);
    const char *at = xml != NULL ? strstr(xml, "<deviceSettings>") : NULL;

    d->posted = 0;
    while (at != NULL && (at = strstr(at, begin)) != NULL) {
        const char *quote = strchr(at + sizeof begin - 1, '"');
        const char *end = quote != NULL && quote[1] == '>' ? strstr(quote, close) : NULL;
        if (end == NULL) {
            break;
        }
        plain(at + sizeof begin - 1, quote, name, sizeof name);
        plain(quote + 2, end, value, sizeof value);
        take(d, name, value);
        d->posted++;
        at = end;
    }
    free(xml);
    return d->posted > 0;
}
