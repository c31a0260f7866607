// An error as RFC 9457 gives it, with the pointers that say which field is meant.
import { code as word, codeWord, t } from '../lib/i18n';

export interface FieldError {
  pointer: string;
  code: string;
  detail?: string;
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: FieldError[] = [],
  ) {
    super(detail || code);
  }
}

export async function problemOf(answer: Response): Promise<Problem> {
  let body: Record<string, unknown> = {};
  try {
    body = (await answer.json()) as Record<string, unknown>;
  } catch {
    // Not every server between here and there speaks problem+json.
  }
  return new Problem(
    answer.status,
    typeof body['code'] === 'string' ? body['code'] : `http-${answer.status}`,
    typeof body['detail'] === 'string' ? body['detail'] : '',
    Array.isArray(body['errors']) ? (body['errors'] as FieldError[]) : [],
  );
}

// What to tell a person: our words for the code, the server's detail, and the code to search for.
export function explain(error: unknown): string {
  if (!(error instanceof Problem)) {
    return error instanceof Error ? error.message : String(error);
  }
  const words = codeWord('error', error.code) ?? t('problem.failed');
  return `${words}${error.detail ? ` — ${error.detail}` : ''} (${error.code})`;
}

// At a field: our words where there are some, then what the server says.
export function explainField(error: FieldError): string {
  const words = codeWord('field_error', error.code) ?? (error.detail ? undefined : word('error', error.code));
  return [words, error.detail].filter(Boolean).join(' — ');
}
