// A recorded state as members in text, for one column beside another.

// A list of plain values a line each; the rest as JSON.
function plain(value: unknown): string {
  const simple = Array.isArray(value) && value.every((one) => typeof one !== 'object');
  return simple ? value.map(String).join('\n') : typeof value === 'string' ? value : JSON.stringify(value, null, 1);
}

// What is no object stands for itself under the empty name.
export function members(value: unknown): Map<string, string> {
  if (value === null || value === undefined || value === '') {
    return new Map();
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    return new Map([['', plain(value)]]);
  }
  return new Map(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}
