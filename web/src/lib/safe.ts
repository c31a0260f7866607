// Addresses that come from outside: a parameter, a device, a user.

// A path of this site to come back to, or the start page: never another host. Blanks are refused
// since browsers drop some of them inside of an address.
export function safeReturn(text: string | null): string {
  return text && /^\/(?![/\\])[^\s\\]*$/.test(text) && !text.startsWith('/login') ? text : '/';
}

// Only web addresses become links.
export function safeUrl(text: string | undefined): string | undefined {
  return text && /^https?:\/\//i.test(text) ? text : undefined;
}
