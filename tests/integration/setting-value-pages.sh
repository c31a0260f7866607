#!/bin/bash
# The pages of setting values against a real daemon in a real Chromium, light and dark: drift over
# many devices, a result with what differs, backups, data, passwords, the panel.
# Usage: setting-value-pages.sh BUILD_FOLDER LANGUAGE [FOLDER_FOR_SCREENSHOTS]; the build has the pages.
# SET-62, SET-63, SET-68, SET-82, SET-86, SET-106 to SET-113, SET-115
BUILD=$1
language=$2
shots=${3:-}
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/function-lib.sh"
[ -f "$BUILD/web/index.html" ] || fail "there are no pages in $BUILD/web"

start_platend
first_administrator
# upload_data NAME PURPOSE TEXT: data from a CSV file; its id in $DATA_ID
upload_data() {
    want 200 POST /operations/setting-value.data-upload "$(jq -nc --arg name "$1" --arg purpose "$2" \
        --arg file "$(base64 -w0 <<<"$3")" '{name:$name,purpose:$purpose,file:$file,file_name:"data.csv"}')"
    DATA_ID=$(jq -r .id <<<"$ANSWER")
}
upload_data "Office standard" monitoring $'path,value,kind,category\npjl/COPIES,1,integer,printing\npjl/PAPER,A4,text,paper'
standard=$DATA_ID
# Data of a device of type I and level 2, with a category that has cautions.
upload_data "Boxes" distribution $'path,value,kind,category\nvcc/box.pin,1,integer,box'
sql "UPDATE setting_value_data SET type = 'I', platform = '3.10', level = 2 WHERE id = $DATA_ID"
# More data than a form lists; the oldest has a category with cautions, too.
sql "
INSERT INTO setting_value_data (name, purpose, file, origin, source_serial, source_model, type, platform, level, items, categories, content_id, made)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)
SELECT CASE WHEN i = 250 THEN 'Old boxes' ELSE printf('Older %03d', i) END, d.purpose, '', d.origin, '', '', '', '', 0, 1,
       CASE WHEN i = 250 THEN 'box' ELSE 'printing' END, d.content_id, d.made - 1000 * i
FROM n, setting_value_data AS d WHERE d.id = $DATA_ID;
UPDATE setting_value_content SET uses = uses + 250 WHERE id = (SELECT content_id FROM setting_value_data WHERE id = $DATA_ID)"

want 201 POST /groups '{"name":"Sales","type":"static"}'

# What devices would have brought: 300 of them, of which every third differs in the copies and every
# tenth in the paper; one has two backups.
sql "
INSERT INTO device (id, managed, agent_id, name, address, address_key, model, serial, first_seen, last_seen)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
SELECT 1000 + i, 1, 1, printf('prn-%03d', i), printf('10.7.%d.%d', i / 200, i % 200), printf('%04d', i),
       'Example 5000', printf('EX%05d', i), 1, 1 FROM n;
INSERT INTO device_state (device_id, description, drivers, supplies, inputs, alerts, counters)
SELECT id, '', '[]', '[]', '[]', '[]', '[]' FROM device WHERE id > 1000;
INSERT INTO setting_value_device (device_id, support, writes, type, platform, level, drivers, why, checked)
SELECT id, CASE WHEN id % 50 = 0 THEN 'no' ELSE 'yes' END, 'yes', 'IV', '', 0, '{}',
       CASE WHEN id % 50 = 0 THEN 'no driver of it reads settings' ELSE '' END, 1795000000000 FROM device WHERE id > 1000;
INSERT INTO setting_value_association (data_id, device_id, group_id, product) SELECT $standard, id, NULL, '' FROM device WHERE id BETWEEN 1001 AND 1010;
INSERT INTO setting_value_difference (device_id, data_id, path, category, wanted, found, internal, since, until)
SELECT id, $standard, 'pjl/COPIES', 'printing', '1', '2', 0, 1795000000000 + id, NULL FROM device WHERE id > 1000 AND id % 3 = 0
UNION ALL SELECT id, $standard, 'pjl/PAPER', 'paper', '\"A4\"', '\"LETTER\"', 0, 1795000100000, NULL FROM device WHERE id > 1000 AND id % 10 = 0
UNION ALL SELECT id, $standard, 'pjl/PAGES', 'printing', '1', '7', 1, 1795000100000, 1795000300000 FROM device WHERE id > 1000 AND (id % 3 = 0 OR id % 10 = 0)
UNION ALL SELECT id, $standard, 'pjl/DUPLEX', 'printing', 'true', 'false', 0, 1795000100000, 1795000200000 FROM device WHERE id = 1001;
INSERT INTO setting_value_log (id, device_id, data_id, data_name, run, made, since, state, count, internal)
SELECT id, id, $standard, 'Office standard', 1, 1795000300000, 1795000300000,
       CASE WHEN id % 3 = 0 OR id % 10 = 0 THEN 'different' ELSE 'match' END,
       2 * (id % 3 = 0) + (id % 10 = 0), id % 3 = 0 FROM device WHERE id > 1000;
INSERT INTO setting_value_manifest (id, key_id, digest, uses, items) VALUES (901, 0, x'01', 2, 2);
INSERT INTO setting_value_backup (device_id, manifest_id, run, made, type, platform, level, model, items)
VALUES (1003, 901, 1, 1795000000000, 'IV', '', 0, 'Example 5000', 2), (1003, 901, 2, 1795086400000, 'IV', '', 0, 'Example 5000', 2);
INSERT INTO setting_value_distribution (id, device_id, data_id, data_name, run, made, state, written, failed)
VALUES (901, 1003, NULL, 'Duplex everywhere', 3, 1795086400000, 'error', 1, 1);
INSERT INTO setting_value_result (distribution_id, device_id, category, state, text)
VALUES (901, 1003, 'printing', 'success', ''), (901, 1003, 'security-policy', 'failure', 'the device said no');
UPDATE setting_value_device SET backups = 2, backed_up = 1795086400000 WHERE device_id = 1003;
UPDATE setting_value_device SET compared = 1795000300000,
       differences = (SELECT count(*) FROM setting_value_difference AS d WHERE d.device_id = setting_value_device.device_id AND d.until IS NULL);
"
# SET-90: many devices at once, and all of them out again.
upload_data "Second standard" monitoring $'path,value,kind,category\npjl/COPIES,1,integer,printing'
want 200 POST /operations/setting-value.associate "$(jq -nc --arg data "$DATA_ID" '{data:$data,devices:[range(1001;1301)|tostring]}')"
is "devices at once" "$(jq -r .added <<<"$ANSWER")" 300
want 200 GET "/setting-value/associations?f=data_id:eq:$DATA_ID&size=200"
want 200 POST /operations/setting-value.dissociate "$(jq -c '{ids:[.items[].id]}' <<<"$ANSWER")"
want 200 GET "/setting-value/associations?f=data_id:eq:$DATA_ID"
is "what stays of them" "$(jq -r .total <<<"$ANSWER")" 100
want 200 GET '/setting-value/drift?sort=-devices'
is "what differs" "$(jq -c '[.items[] | [.path, .devices]]' <<<"$ANSWER")" '[["pjl/COPIES",100],["pjl/PAPER",30]]'
want 200 GET '/setting-value/drift?f=path:eq:pjl/COPIES'
is "its readable name" "$(jq -r '.items[0].name' <<<"$ANSWER")" Copies # SET-93
want 200 GET '/setting-value/drift/pjl%2FPAPER'
is "an item by its path" "$(jq -r .path <<<"$ANSWER")" pjl/PAPER
want 200 GET '/setting-value/differences?f=path:eq:pjl/PAPER&size=1'
is "devices that differ in it" "$(jq -c '[.total, .items[0].found]' <<<"$ANSWER")" '[30,"LETTER"]'
for report in monitoring differences backups distributions; do
    want 200 GET "/reports/setting-value.$report" "" -H "Accept: text/csv" -H "Accept-Language: $language"
done
# SET-109, SET-110: the list of results, and the history of one device, as files
want 200 GET /setting-value/monitoring-log "" -H "Accept: text/csv"
is "lines of the exported results" "$(wc -l <"$WORK/answer")" 301
want 200 GET '/setting-value/monitoring-log?f=device_id:eq:1003' "" -H "Accept: text/csv"
is "lines of a device's exported history" "$(wc -l <"$WORK/answer")" 2
want 200 GET '/panels/setting-value.drift?limit=3'
is "rows of the panel" "$(jq '.rows | length' <<<"$ANSWER")" 3
node "$HERE/../browser/setting-values.mjs" "$URL" Correct-horse-7 "$language" "${shots:-$WORK/shots}" \
    ${ONLY:+"--only=$ONLY"} || fail "the walk through the pages"
stop_platend
echo "setting value pages $language: all well"
