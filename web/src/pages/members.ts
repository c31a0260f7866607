// Puts devices into a static group and takes others out; too many are refused before they travel
// (DEV-143, DEV-153, ERR-14).
import { post } from '../api/http';
import { t } from '../lib/i18n';

const MOST = 5000;

export async function changeMembers(group: string, change: { add?: string[]; remove?: string[] }): Promise<void> {
  const { add = [], remove = [] } = change;
  if (add.length > MOST || remove.length > MOST) {
    throw new Error(t('group.too_many', { max: MOST }));
  }
  await post(`/groups/${group}/devices`, { add, remove });
}
