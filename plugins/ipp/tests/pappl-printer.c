/*
 * pappl-printer PORT FOLDER [ADDRESS]: a printer application with one printer, for live.sh. It has
 * what ippeveprinter lacks: a device id, firmware versions, a contact, and no DNS-SD daemon to wait
 * for.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pappl/pappl.h>

static bool print_file(pappl_job_t *job, pappl_pr_options_t *options, pappl_device_t *device)
{
    (void)job;
    (void)options;
    (void)device;
    return true;
}

static bool end_or_start(pappl_job_t *job, pappl_pr_options_t *options, pappl_device_t *device)
{
    return print_file(job, options, device);
}

static bool page(pappl_job_t *job, pappl_pr_options_t *options, pappl_device_t *device,
                 unsigned number)
{
    (void)number;
    return print_file(job, options, device);
}

static bool line(pappl_job_t *job, pappl_pr_options_t *options, pappl_device_t *device, unsigned y,
                 const unsigned char *pixels)
{
    (void)pixels;
    return page(job, options, device, y);
}

static bool status(pappl_printer_t *printer)
{
    static pappl_supply_t supplies[] = {
        {PAPPL_SUPPLY_COLOR_BLACK, "Black Toner", true, 42, PAPPL_SUPPLY_TYPE_TONER},
        {PAPPL_SUPPLY_COLOR_NO_COLOR, "Waste Toner", false, 10, PAPPL_SUPPLY_TYPE_WASTE_TONER},
    };
    papplPrinterSetSupplies(printer, 2, supplies);
    papplPrinterSetReasons(printer, PAPPL_PREASON_COVER_OPEN | PAPPL_PREASON_TONER_LOW,
                           PAPPL_PREASON_NONE);
    return true;
}

/* The alert table of PWG 5100.9, which PAPPL itself does not have. */
static ipp_t *alerts(void)
{
    static const char jam[] = "code=jam;index=1;severity=critical;training=trained;group=mediaPath;"
                              "groupindex=2;location=1;time=500";
    static const char low[] = "code=inputMediaSupplyLow;index=2;severity=warning;group=input";
    static const char *const texts[] = {"Paper jam at the fuser", "Tray 1 is low"};
    ipp_t *attributes = ippNew();
    ipp_attribute_t *attribute =
        ippAddOctetString(attributes, IPP_TAG_PRINTER, "printer-alert", jam, (int)strlen(jam));
    (void)ippSetOctetString(attributes, &attribute, 1, low, (int)strlen(low));
    (void)ippAddStrings(attributes, IPP_TAG_PRINTER, IPP_TAG_TEXT, "printer-alert-description", 2,
                        NULL, texts);
    return attributes;
}

static bool fill(pappl_system_t *system, const char *driver, const char *uri, const char *id,
                 pappl_pr_driver_data_t *data, ipp_t **attributes, void *user)
{
    (void)system;
    (void)driver;
    (void)uri;
    (void)id;
    (void)user;
    *attributes = alerts();
    data->printfile_cb = print_file;
    data->rendjob_cb = end_or_start;
    data->rstartjob_cb = end_or_start;
    data->rendpage_cb = page;
    data->rstartpage_cb = page;
    data->rwriteline_cb = line;
    data->status_cb = status;
    data->format = "application/vnd.platen-test";
    (void)snprintf(data->make_and_model, sizeof(data->make_and_model), "ACME Laser 9000");
    data->ppm = 20;
    data->has_supplies = true;
    data->kind = PAPPL_KIND_DOCUMENT;
    data->color_supported = PAPPL_COLOR_MODE_AUTO | PAPPL_COLOR_MODE_MONOCHROME;
    data->color_default = PAPPL_COLOR_MODE_MONOCHROME;
    data->raster_types = PAPPL_PWG_RASTER_TYPE_SGRAY_8;
    data->num_resolution = 1;
    data->x_resolution[0] = data->y_resolution[0] = data->x_default = data->y_default = 300;
    data->sides_supported = data->sides_default = PAPPL_SIDES_ONE_SIDED;
    data->num_media = 1;
    data->media[0] = "iso_a4_210x297mm";
    data->num_source = 1;
    data->source[0] = "main";
    data->num_type = 1;
    data->type[0] = "stationery";
    data->num_bin = 1;
    data->bin[0] = "face-down";
    (void)snprintf(data->media_default.size_name, sizeof(data->media_default.size_name),
                   "iso_a4_210x297mm");
    (void)snprintf(data->media_default.source, sizeof(data->media_default.source), "main");
    (void)snprintf(data->media_default.type, sizeof(data->media_default.type), "stationery");
    data->media_default.size_width = 21000;
    data->media_default.size_length = 29700;
    data->media_ready[0] = data->media_default;
    return true;
}

int main(int argc, char **argv)
{
    static const char id[] = "MFG:ACME;MDL:Laser 9000;CMD:PWGRaster;SN:PAPPL-0001;";
    static pappl_pr_driver_t drivers[] = {{"acme", "ACME Laser 9000", id, NULL}};
    static pappl_version_t versions[] = {{"acme firmware", "p7", "1.2.3", {1, 2, 3, 0}}};
    static pappl_contact_t contact = {"Print Desk", "desk@example.com", "+1-555-0100"};
    const char *address = argc == 4 ? argv[3] : "localhost";
    char log[1024];
    if (argc != 3 && argc != 4) {
        (void)fprintf(stderr, "usage: pappl-printer PORT FOLDER [ADDRESS]\n");
        return 2;
    }
    (void)snprintf(log, sizeof(log), "%s/pappl.log", argv[2]);
    pappl_system_t *system =
        papplSystemCreate(PAPPL_SOPTIONS_NONE, "platen-test", (int)strtol(argv[1], NULL, 10), NULL,
                          argv[2], log, PAPPL_LOGLEVEL_DEBUG, NULL, false);
    if (system == NULL || !papplSystemAddListeners(system, address)) {
        return 1;
    }
    papplSystemSetVersions(system, 1, versions);
    papplSystemSetPrinterDrivers(system, 1, drivers, NULL, NULL, fill, NULL);
    pappl_printer_t *printer =
        papplPrinterCreate(system, 0, "Front Desk", "acme", id, "file:///dev/null");
    if (printer == NULL) {
        return 1;
    }
    papplPrinterSetContact(printer, &contact);
    papplPrinterSetLocation(printer, "Room 1");
    papplPrinterSetImpressionsCompleted(printer, 1234);
    papplSystemSetDefaultPrinterID(system, papplPrinterGetID(printer));
    papplSystemRun(system);
    papplSystemDelete(system);
    return 0;
}
