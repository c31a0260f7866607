// Puts devices that were selected in a list into a static group.
import { useAll } from '../api/resource';
import type { Group } from '../api/types';
import { t, tn } from '../lib/i18n';
import { Dialog } from '../parts/dialog';
import { Form } from '../parts/form';
import { Failed, Waiting } from '../parts/message';
import { toast } from '../parts/toast';
import { changeMembers } from './members';

export function ToGroup({ devices, onClose }: { devices: string[]; onClose: () => void }) {
  const groups = useAll<Group>('/groups?f=type:eq:static&fields=id,name,path,level');
  const takers = groups.items?.filter((group) => !group.level);
  const options = (takers ?? []).map(({ id, name, path }) => ({ value: id, label: path || name })).sort((a, b) => a.label.localeCompare(b.label));
  return (
    <Dialog title={t('group.to_group')} onClose={onClose}>
      {!groups.items && (groups.error === undefined ? <Waiting /> : <Failed error={groups.error} retry={groups.reload} />)}
      {takers?.length === 0 && (
        <>
          <p>{t('group.no_static')}</p>
          <div class="actions">
            <a class="button primary" href="/groups/new">
              {t('group.add')}
            </a>
          </div>
        </>
      )}
      {options.length > 0 && (
        <Form
          guard={false}
          fields={[{ name: 'group', label: t('group.title'), type: 'select', options }]}
          values={{ group: options[0]?.value ?? '' }}
          submit={t('group.put_in')}
          onCancel={onClose}
          onSubmit={async (values) => {
            await changeMembers(String(values['group']), { add: devices });
            toast(tn('group.put', devices.length), { link: { href: `/groups/${String(values['group'])}?tab=devices`, text: t('group.show') } });
            onClose();
          }}
        />
      )}
    </Dialog>
  );
}
