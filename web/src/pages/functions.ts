// The functions that one can grant: all of them as a system manager, else one's own.
import { useResource } from '../api/resource';
import { me } from '../api/session';
import type { RoleInfo } from '../api/types';
import { isSystemManager } from '../shell/entries';
import { functionName, functionOptions } from './userfields';

export interface Functions {
  items: { value: string; label: string }[] | undefined;
  error: unknown;
  reload: () => void;
}

export function useFunctions(): Functions {
  const all = useResource<{ items: RoleInfo[] }>(isSystemManager() ? '/roles' : null);
  const own = () => (me.get()?.functions ?? []).map((id) => ({ value: id, label: functionName(id) }));
  const items = isSystemManager() ? all.data && functionOptions(all.data.items) : own();
  return { items, error: all.error, reload: all.reload };
}
