// Plural forms as Intl.PluralRules names them; a catalogue may leave out forms but "other".
export interface Plural {
  zero?: string;
  one?: string;
  two?: string;
  few?: string;
  many?: string;
  other: string;
}

const rules = new Map<string, Intl.PluralRules>();

export function pickPlural(forms: Plural, count: number, language: string): string {
  let rule = rules.get(language);
  if (!rule) {
    rule = new Intl.PluralRules(language);
    rules.set(language, rule);
  }
  return forms[rule.select(count)] ?? forms.other;
}

// Puts parameters into "{name}" places; a place without a parameter stays as it is.
export function fill(text: string, params: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => params[name] ?? place);
}
