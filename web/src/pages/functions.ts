// The functions that one can grant: all of them as a system manager, else one's own.
import { useResource } from '../api/resource';
import { me } from '../api/session';
import type { RoleInfo } from '../api/types';
import { isSystemManager } from '../shell/entries';
import { functionName, functionOptions } from './userfields';

export function useFunctions(): { value: string; label: string }[] | undefined {
  const all = useResource<{ items: RoleInfo[] }>(isSystemManager() ? '/roles' : null);
  if (!isSystemManager()) {
    return (me.get()?.functions ?? []).map((id) => ({ value: id, label: functionName(id) }));
  }
  return all.data ? functionOptions(all.data.items) : all.error === undefined ? undefined : [];
}
