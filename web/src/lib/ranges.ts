// The address forms that an agent searches (DEV-47): one IPv4 address, start-end, CIDR; host names
// stand in a field of their own.
function address(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) {
    return undefined;
  }
  let value = 0;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) {
      return undefined;
    }
    value = value * 256 + Number(part);
  }
  return value;
}

// How many addresses a line names; undefined when it is none of the three forms.
export function rangeSize(text: string): number | undefined {
  const line = text.trim();
  const slash = line.split('/');
  if (slash.length === 2) {
    const bits = slash[1] ?? '';
    const valid = address(slash[0] ?? '') !== undefined && /^\d{1,2}$/.test(bits) && Number(bits) <= 32;
    return valid ? 2 ** (32 - Number(bits)) : undefined;
  }
  const dash = line.split('-').map((part) => part.trim());
  if (dash.length === 2) {
    const first = address(dash[0] ?? '');
    const last = address(dash[1] ?? '');
    return first !== undefined && last !== undefined && first <= last ? last - first + 1 : undefined;
  }
  return address(line) === undefined ? undefined : 1;
}

export function isHostName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i.test(text);
}

export function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
