// Preferences: a menu of groups, each saved by itself (PRF-01 to PRF-03).
import type { ComponentChild } from 'preact';
import { useResource, type Resource } from '../api/resource';
import type { Preferences } from '../api/types';
import { code, t } from '../lib/i18n';
import { usePlace } from '../lib/router';
import { Head } from '../parts/head';
import { Failed, Waiting } from '../parts/message';
import { DirectorySettings } from './directorysettings';
import { MailSettings } from './mailsettings';
import { numberField, SettingsSection } from './settings';
import { Webhooks } from './webhooks';

type All = Resource<Preferences>;

interface Chapter {
  id: string;
  label: string;
  content: (all: All) => ComponentChild;
}

function policy(all: All): ComponentChild {
  return (
    <SettingsSection
      group="account_policy"
      title={t('settings.policy')}
      text={t('policy.text')}
      all={all}
      fields={[
        numberField('min_length', t('policy.min_length'), 8, 128, { unit: t('unit.characters') }),
        { name: 'classes', label: t('policy.classes'), type: 'checkbox', help: t('policy.classes_help') },
        { name: 'common', label: t('policy.common'), type: 'checkbox', help: t('policy.common_help') },
        numberField('history', t('policy.history'), 0, 24, { help: t('policy.history_help') }),
        numberField('lockout_threshold', t('policy.lockout_threshold'), 1, 100, { help: t('policy.lockout_help') }),
        numberField('lockout_minutes', t('policy.lockout_minutes'), 1, 1440, { unit: t('unit.minutes') }),
      ]}
    />
  );
}

function logout(all: All): ComponentChild {
  return (
    <SettingsSection
      group="logout"
      title={t('settings.logout')}
      text={t('logout.text')}
      all={all}
      fields={[
        { name: 'enabled', label: t('logout.enabled'), type: 'checkbox' },
        numberField('minutes', t('logout.minutes'), 1, 1440, { unit: t('unit.minutes'), hidden: (values) => values['enabled'] !== true }),
        { name: 'remembered', label: t('logout.remembered'), type: 'checkbox', help: t('logout.remembered_help'), hidden: (values) => values['enabled'] !== true },
      ]}
    />
  );
}

function groups(all: All): ComponentChild {
  return (
    <SettingsSection
      group="device_groups"
      title={t('settings.groups')}
      text={t('levels.text')}
      all={all}
      fields={[
        { name: 'view', label: t('levels.view'), type: 'radio', options: ['tree', 'list'].map((value) => ({ value, label: code('group_view', value) })) },
        {
          name: 'delimiter',
          label: t('levels.delimiter'),
          type: 'select',
          options: [':', '/', '|', '>', '.'].map((value) => ({ value, label: value })),
          help: t('levels.delimiter_help'),
        },
      ]}
    />
  );
}

function retention(all: All): ComponentChild {
  const days = (name: string, label: string, min: number) => numberField(name, label, min, 3650, { unit: t('unit.days') });
  return (
    <SettingsSection
      group="retention"
      title={t('preferences.retention')}
      text={t('preferences.retention_text')}
      all={all}
      fields={[
        days('run_days', t('preferences.run_days'), 1),
        days('audit_days', t('menu.audit'), 30),
        days('status_days', t('preferences.status_days'), 7),
        days('counter_days', t('preferences.counter_days'), 31),
      ]}
    />
  );
}

function communication(all: All): ComponentChild {
  return (
    <SettingsSection
      group="snmp"
      title={t('preferences.snmp')}
      text={t('preferences.snmp_text')}
      all={all}
      fields={[
        numberField('timeout_ms', t('preferences.timeout'), 100, 60000, { unit: t('unit.milliseconds') }),
        numberField('retries', t('preferences.retries'), 0, 10),
        numberField('packets_per_second', t('preferences.pace'), 0, 1000000, { help: t('preferences.pace_help') }),
      ]}
    />
  );
}

const manualRegions = ['', 'europe', 'americas', 'asia-pacific', 'japan'];

function manual(all: All): ComponentChild {
  return (
    <SettingsSection
      group="manual"
      title={t('settings.manual')}
      text={t('manual.text')}
      all={all}
      fields={[{ name: 'region', label: t('manual.region'), type: 'select', options: manualRegions.map((value) => ({ value, label: value ? code('manual_region', value) : t('manual.any') })) }]}
    />
  );
}

function chapters(): Chapter[] {
  return [
    { id: 'mail', label: t('settings.mail'), content: (all) => <MailSettings all={all} /> },
    { id: 'directory', label: t('settings.directory'), content: (all) => <DirectorySettings all={all} /> },
    { id: 'policy', label: t('settings.policy'), content: policy },
    { id: 'logout', label: t('settings.logout'), content: logout },
    { id: 'webhooks', label: t('settings.webhooks'), content: () => <Webhooks /> },
    { id: 'groups', label: t('settings.groups'), content: groups },
    { id: 'retention', label: t('preferences.retention'), content: retention },
    { id: 'communication', label: t('preferences.snmp'), content: communication },
    { id: 'manual', label: t('settings.manual'), content: manual },
  ];
}

export function PreferencesPage() {
  const { query } = usePlace();
  const all = useResource<Preferences>('/preferences');
  const every = chapters();
  const chapter = every.find(({ id }) => id === query.get('group')) ?? (every[0] as Chapter);
  return (
    <div class="page">
      <Head title={t('menu.preferences')} state={<span class="hidden">{chapter.label}</span>} />
      <div class="chapters">
        <nav aria-label={t('menu.preferences')}>
          <ul>
            {every.map(({ id, label }) => (
              <li key={id}>
                <a href={`/preferences?group=${id}`} aria-current={id === chapter.id ? 'page' : undefined}>
                  {label}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="chapter" key={chapter.id}>
          {!all.data && (all.error === undefined ? <Waiting /> : <Failed error={all.error} retry={all.reload} />)}
          {all.data && chapter.content(all)}
        </div>
      </div>
    </div>
  );
}
