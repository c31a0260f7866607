// The few things a person decides about a device; name and location go to the device too (DEV-103).
import { get, patch } from '../api/http';
import { useResource } from '../api/resource';
import type { Device } from '../api/types';
import { t } from '../lib/i18n';
import { safeUrl } from '../lib/safe';
import { changes, type FieldSpec, type FormValues } from '../parts/field';
import { Form } from '../parts/form';
import { Failed, Waiting } from '../parts/message';
import { toast } from '../parts/toast';

function valuesOf(device: Device): FormValues {
  return {
    name: device.name ?? '',
    location: device.location ?? '',
    comment: device.comment ?? '',
    link: device.link ?? '',
    managed: device.managed,
  };
}

export function DeviceEdit({ id, onDone, onCancel }: { id: string; onDone: () => void; onCancel: () => void }) {
  const device = useResource<Device>(`/devices/${id}`);
  if (!device.data || device.loading) {
    return device.error === undefined ? <Waiting /> : <Failed error={device.error} retry={device.reload} />;
  }
  const before = valuesOf(device.data);
  const fields: FieldSpec[] = [
    { name: 'name', label: t('device.name'), type: 'text', maxLength: 255, help: t('device.written') },
    { name: 'location', label: t('device.location'), type: 'text', maxLength: 255, help: t('device.written') },
    { name: 'comment', label: t('device.comment'), type: 'textarea', maxLength: 1000 },
    {
      name: 'link',
      label: t('device.link'),
      type: 'url',
      maxLength: 1000,
      placeholder: 'https://',
      check: (value) => (value === '' || safeUrl(String(value)) ? undefined : t('form.url')),
    },
    { name: 'managed', label: t('device.managed'), type: 'checkbox', help: t('device.managed_help') },
  ];
  return (
    <Form
      fields={fields}
      values={before}
      etag={device.etag}
      submit={t('action.save')}
      onCancel={onCancel}
      reread={async () => {
        const fresh = await get<Device>(`/devices/${id}`);
        return { values: valuesOf(fresh.data), etag: fresh.etag };
      }}
      onSubmit={async (values, etag) => {
        const changed = changes(before, values);
        await patch(`/devices/${id}`, changed, etag);
        const undo = () => void patch(`/devices/${id}`, Object.fromEntries(Object.keys(changed).map((name) => [name, before[name]]))).then(onDone);
        toast(t('device.saved'), { undo });
        onDone();
      }}
    />
  );
}
