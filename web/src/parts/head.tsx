// The head of a page: title for eyes, ears and the window, and what one can do there.
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

interface HeadProps {
  title: string;
  back?: { href: string; text: string };
  state?: ComponentChildren;
  children?: ComponentChildren;
}

export function Head({ title, back, state, children }: HeadProps) {
  useEffect(() => {
    document.title = `${title} · Platen`;
  }, [title]);
  return (
    <div class="head">
      <div class="head-title">
        {back && (
          <a class="head-back" href={back.href}>
            {back.text}
          </a>
        )}
        <h1 tabIndex={-1}>{title}</h1>
        {state}
      </div>
      {children && <div class="head-actions">{children}</div>}
    </div>
  );
}
