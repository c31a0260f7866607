// The question before something that cannot be undone: it names what will happen to how many.
import { t } from '../lib/i18n';
import { createStore, useStore } from '../lib/store';
import { Dialog } from './dialog';

interface Question {
  title: string;
  text: string;
  action: string;
  cancel?: string;
  danger?: boolean;
  answer: (yes: boolean) => void;
}

const question = createStore<Question | undefined>(undefined);

export function confirm(asked: Omit<Question, 'answer'>): Promise<boolean> {
  return new Promise((resolve) => {
    question.get()?.answer(false);
    question.set({
      ...asked,
      answer: (yes) => {
        question.set(undefined);
        resolve(yes);
      },
    });
  });
}

export function ConfirmHost() {
  const asked = useStore(question);
  if (!asked) {
    return null;
  }
  return (
    <Dialog title={asked.title} onClose={() => asked.answer(false)}>
      <p>{asked.text}</p>
      <div class="actions">
        <button
          type="button"
          class={asked.danger === false ? 'button primary' : 'button danger'}
          onClick={() => asked.answer(true)}
        >
          {asked.action}
        </button>
        <button type="button" class="button" autofocus onClick={() => asked.answer(false)}>
          {asked.cancel ?? t('action.cancel')}
        </button>
      </div>
    </Dialog>
  );
}
