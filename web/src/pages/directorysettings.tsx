// The directory (PRF-11 to PRF-14, ACC-29 to ACC-34): its servers, single sign-on, which of its groups
// give which role and region, and a test that goes through it step by step.
import { useState } from 'preact/hooks';
import { post } from '../api/http';
import { useAll, useResource, type Resource } from '../api/resource';
import type { Named, Preferences, RoleInfo, TestStep } from '../api/types';
import { code, t } from '../lib/i18n';
import { lines } from '../lib/ranges';
import { formatServer, parseServer, type Server } from '../lib/server';
import type { FieldSpec, FormValues } from '../parts/field';
import { Form } from '../parts/form';
import { numberField, plainShape, secretFields, SettingsSection, type Members, type Shape } from './settings';
import { Steps } from './steps';
import { functionOptions, roles } from './userfields';

const securities = ['tls', 'starttls', 'none'];
function connectionFields(members: Members): FieldSpec[] {
  const wrong = (value: unknown) => lines(String(value)).findIndex((line) => !parseServer(line));
  return [
    { name: 'enabled', label: t('directory.enabled'), type: 'checkbox' },
    {
      name: 'servers',
      label: t('directory.servers'),
      type: 'lines',
      help: t('directory.servers_help'),
      placeholder: 'dc1.example.org\ndc2.example.org:636',
      check: (value) => (wrong(value) < 0 ? undefined : t('form.line', { line: wrong(value) + 1, text: t('directory.wrong_server') })),
    },
    { name: 'security', label: t('mail.security'), type: 'select', options: securities.map((value) => ({ value, label: code('security', value) })) },
    {
      name: 'ca',
      label: t('directory.ca'),
      type: 'code',
      help: t('directory.ca_help'),
      placeholder: '-----BEGIN CERTIFICATE-----',
      hidden: (values) => values['security'] === 'none',
    },
    { name: 'base', label: t('directory.base'), type: 'text', maxLength: 1000, placeholder: 'DC=example,DC=org', help: t('directory.base_help') },
    { name: 'domain', label: t('directory.domain'), type: 'text', maxLength: 255, placeholder: 'EXAMPLE', help: t('directory.domain_help') },
    { name: 'bind_user', label: t('directory.bind_user'), type: 'text', maxLength: 1000, help: t('directory.bind_help') },
    ...secretFields({ name: 'bind_password', label: t('directory.bind_password'), type: 'password', autocomplete: 'new-password' }, members),
    numberField('timeout_s', t('preferences.timeout'), 1, 60, { unit: t('unit.seconds') }),
  ];
}

function connectionShape(fields: FieldSpec[]): Shape {
  const plain = plainShape(fields);
  return {
    read: (members) => ({ ...plain.read(members), servers: ((members['servers'] ?? []) as Server[]).map(formatServer).join('\n') }),
    write: (values) => ({
      ...plain.write(values),
      servers: lines(String(values['servers'])).map(parseServer),
    }),
  };
}

function kerberosFields(members: Members): FieldSpec[] {
  const off = (values: FormValues) => values['kerberos'] !== true;
  return [
    { name: 'kerberos', label: t('directory.kerberos'), type: 'checkbox' },
    {
      name: 'service_principal',
      label: t('directory.principal'),
      type: 'text',
      maxLength: 255,
      placeholder: 'HTTP/platen.example.org@EXAMPLE.ORG',
      help: t('directory.principal_help'),
      hidden: off,
    },
    ...secretFields({ name: 'keytab', label: t('directory.keytab'), type: 'file', help: t('directory.keytab_help'), hidden: off }, members),
  ];
}

function roleFields(roleInfo: RoleInfo[] | undefined): FieldSpec[] {
  return [
    ...roles.map((role) => ({
      name: role,
      label: code('role', role),
      type: 'lines' as const,
      pointer: `/directory/roles/${role}`,
      help: t('directory.groups_help'),
    })),
    { name: 'functions', label: t('directory.functions'), type: 'choices', help: t('directory.functions_help'), options: functionOptions(roleInfo) },
  ];
}

const roleShape: Shape = {
  read: (members) => {
    const groups = (members['roles'] ?? {}) as Record<string, string[]>;
    return { ...Object.fromEntries(roles.map((role) => [role, (groups[role] ?? []).join('\n')])), functions: (members['functions'] ?? []) as string[] };
  },
  write: (values) => ({
    roles: Object.fromEntries(roles.map((role) => [role, lines(String(values[role]))])),
    functions: values['functions'],
  }),
};

function regionFieldsOf(regions: Named[]): FieldSpec[] {
  return [
    { name: 'regions_by_group', label: t('directory.regions_by_group'), type: 'checkbox', help: t('directory.regions_help') },
    ...regions.map(({ id, name }) => ({
      name: `region-${id}`,
      label: name,
      type: 'lines' as const,
      hidden: (values: FormValues) => values['regions_by_group'] !== true,
    })),
  ];
}

function regionShape(regions: Named[]): Shape {
  return {
    read: (members) => {
      const mapped = (members['regions'] ?? []) as { region: string; groups: string[] }[];
      const own = (id: string) => mapped.find((one) => String(one.region) === id)?.groups ?? [];
      return { regions_by_group: members['regions_by_group'] === true, ...Object.fromEntries(regions.map(({ id }) => [`region-${id}`, own(id).join('\n')])) };
    },
    write: (values) => ({
      regions_by_group: values['regions_by_group'],
      regions: regions
        .map(({ id }) => ({ region: id, groups: lines(String(values[`region-${id}`] ?? '')) }))
        .filter(({ groups }) => groups.length > 0),
    }),
  };
}

function Test() {
  const [steps, setSteps] = useState<TestStep[]>();
  return (
    <section class="card" aria-labelledby="directory-test">
      <h2 id="directory-test">{t('directory.test')}</h2>
      <p class="quiet">{t('directory.test_text')}</p>
      <Form
        guard={false}
        fields={[
          { name: 'user', label: t('login.user'), type: 'text', maxLength: 255, placeholder: 'EXAMPLE\\anna' },
          { name: 'password', label: t('login.password'), type: 'password', autocomplete: 'off' },
        ]}
        values={{ user: '', password: '' }}
        submit={t('directory.test_submit')}
        onSubmit={async ({ user, password }) => {
          setSteps(undefined);
          const body = user ? { user, password } : {};
          setSteps((await post<{ steps: TestStep[] }>('/preferences/directory/test', body)).data.steps);
        }}
      />
      {steps && <Steps steps={steps} />}
    </section>
  );
}

export function DirectorySettings({ all }: { all: Resource<Preferences> }) {
  const members = all.data?.['directory'] ?? {};
  const regions = useAll<Named>('/regions?fields=id,name').items;
  const roleInfo = useResource<{ items: RoleInfo[] }>('/roles').data?.items;
  const connection = connectionFields(members);
  return (
    <>
      <SettingsSection group="directory" title={t('settings.directory')} text={t('directory.text')} fields={connection} shape={connectionShape(connection)} all={all} />
      <Test />
      <SettingsSection group="directory" title={t('directory.single')} text={t('directory.single_text')} fields={kerberosFields(members)} all={all} />
      <SettingsSection group="directory" title={t('directory.roles')} text={t('directory.roles_text')} fields={roleFields(roleInfo)} shape={roleShape} all={all} />
      {regions && regions.length > 0 && (
        <SettingsSection
          group="directory"
          title={t('directory.regions')}
          text={t('directory.regions_text')}
          fields={regionFieldsOf(regions)}
          shape={regionShape(regions)}
          all={all}
        />
      )}
    </>
  );
}
