// Catalogue keys that the pages look up by a code of the API: family and codes. The server's own
// lists are docs/rest.md, the Printer MIB (RFC 3805) and the agent's verdicts.
const span = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n);
const words = (text: string) => text.trim().split(/\s+/);

export const families: Record<string, (string | number)[]> = {
  severity: words('service error warning normal'),
  severity_many: words('service error warning'),
  power: words('on off no-response conflict unknown'),
  training: words('untrained trained field-service management no-intervention other unknown'),
  alert: words('critical warning other'),
  level: words('some unknown unlimited'),
  role: words('system-manager device-manager user'),
  account: words('open locked'),
  user_kind: words('local directory'),
  function: words('devices groups communication batch discovery tasks data reports'),
  profile_tab: words('account security sessions tokens display'),
  group_type: words('static dynamic'),
  group_kind: words('static dynamic'),
  group_view: words('tree list'),
  audit_way: words('session token agent system console'),
  audit_category: words(
    'login logout users me tokens regions groups devices device-credentials agents tasks built-in-tasks runs preferences webhooks outbox audit-log setup system database key link',
  ),
  audit_verb: words('create update delete unlock cancel run test retry read'),
  audit_action: words(
    'login login.kerberos login.reset login.reset.confirm logout setup me.password.update me.second-factor me.second-factor.update me.second-factor.disable me.sessions.delete users.second-factor.delete users.sessions.delete groups.devices.create preferences.mail.test preferences.directory.test audit-log.lost audit-log.expire audit-log.restart key.rotate link.activate users.lock users.reset-password database.migrate system.restore system.certificate',
  ),
  directory_step: words('connect base search user password groups role regions keytab'),
  posting: words('waiting failed'),
  posting_kind: words('mail webhook'),
  security: words('tls starttls none'),
  manual_region: words('europe americas asia-pacific japan'),
  webhook_event: words(
    'device-added device-changed device-removed alert-raised alert-cleared run-started run-ended agent-up agent-down login-locked',
  ),
  board: words(
    'severity power agents attention newest-alerts runs outcomes alerts supplies pages models colour firmware discovered',
  ),
  board_column: words('severity code devices device location lowest manufacturer model firmware pages day kind state runs'),
  board_setting: words('days limit below'),
  colour: words('color mono'),
  theme: words('system light dark'),
  density: words('dense comfortable'),
  agent: words('normal no-response inactive'),
  decision: words('accepted known rejected condition error'),
  verdict: words(
    'accepted known condition not-a-printer wrong-credential no-credential timeout-during-read protocol-error device-error unreachable',
  ),
  protocol: words('snmpv1 snmpv2c snmpv3 ipp'),
  credential_kind: words('snmpv1 snmpv3 user domain system-manager password service-management'),
  auth: words('none md5 sha1 sha256 sha384 sha512'),
  priv: words('none des aes128 aes192 aes256 aes192c aes256c'),
  run: words('waiting running success warning error timeout cancelled skipped missed'),
  kind: words('device.discover device.information device.monitor device.counters'),
  kind_action: words('device.information device.monitor device.counters'),
  op: words('eq ne begins ends contains in lt le gt ge empty'),
  op_time: words('ge le'),
  device_tab: words('overview status alerts counters'),
  device_state: words('idle printing warmup testing down other'),
  error: words(
    'offline ok inval nomem not-found exists state malformed unauthenticated second-factor-required forbidden conflict too-large rate-limited unavailable io store corrupt version unreachable timeout auth protocol device unsupported cancelled method media-type internal',
  ),
  field_error: words('required range format overlap timezone password key code name not-found length pattern duplicate exists levels loop delimiter'),
  color: words(
    'black cyan magenta yellow red green blue white gray orange violet clear gold silver light-cyan light-magenta light-gray light-black matte-black photo-black',
  ),
  supply_type: words(
    'other unknown toner tonerCartridge wasteToner ink inkCartridge inkRibbon wasteInk opc developer fuserOil solidWax ribbonWax wasteWax fuser coronaWire fuserOilWick cleanerUnit fuserCleaningPad transferUnit fuserOiler water wasteWater glueWaterAdditive wastePaper bindingSupply bandingSupply stitchingWire shrinkWrap paperWrap staples inserts covers',
  ),
  unit: words(
    'percent impressions sheets pages scans items hours feet metres micrometres tenThousandthsOfInches thousandthsOfOunces tenthsOfGrams hundredthsOfFluidOunces tenthsOfMillilitres characters lines dotRows',
  ),
  part_state: words('ok empty full open closed interlockOpen interlockClosed broken offline error warning unavailable'),
  part_type: words(
    'other sheetFeedAutoRemovableTray sheetFeedAutoNonRemovableTray sheetFeedManual continuousRoll continuousFanFold removableBin unRemovableBin continuousRollDevice mailBox stitcher folder binder trimmer dieCutter puncher perforater slitter separationCutter imprinter wrapper bander makeEnvelope stacker sheetRotator inserter',
  ),
  counter_key: words('total mono color duplex simplex sheets pages print copy scan fax received sent large small other'),
  alert_group: [...span(1, 18), ...span(30, 33)],
  alert_code: [
    ...span(1, 38),
    ...span(501, 507),
    ...span(801, 813),
    ...span(901, 904),
    ...span(1001, 1005),
    ...span(1101, 1115),
    ...span(1301, 1304),
    ...span(1501, 1507),
    1509,
    1801,
  ],
};
