// Names of time zones.
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

// Older browsers do not know the list.
export function zones(): string[] {
  const known = (Intl as { supportedValuesOf?: (key: string) => string[] }).supportedValuesOf?.('timeZone') ?? [];
  return [...new Set(['UTC', ownZone(), ...known])];
}
