// "/devices/:id" against "/devices/7" gives {id: "7"}; undefined when they do not fit.
export function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.length > 1 ? path.replace(/\/+$/, '').split('/') : ['', ''];
  if (wanted.length !== given.length) {
    return undefined;
  }
  const params: Record<string, string> = {};
  for (let i = 0; i < wanted.length; i++) {
    const part = wanted[i] ?? '';
    const value = given[i] ?? '';
    if (part.startsWith(':')) {
      try {
        params[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return undefined; // a percent sign without its digits
      }
    } else if (part !== value) {
      return undefined;
    }
  }
  return params;
}
