/** What an entry of the audit log says beside who, what and whom, as a person reads it. */
import { keyOf, type Key, type Values } from '../lib/i18n/words';

type Speak = (key: Key, values?: Values) => string;

export interface Line {
  readonly name: string;
  readonly text: string;
}

function isChange(value: unknown): value is { from: unknown; to: unknown } {
  return typeof value === 'object' && value !== null && 'from' in value && 'to' in value;
}

function text(value: unknown, t: Speak): string {
  if (isChange(value))
    return t('audit.change', { from: text(value.from, t), to: text(value.to, t) });
  if (Array.isArray(value) && value.length > 0)
    return value.map((each) => text(each, t)).join(', ');
  if (value === true || value === false) return t(value ? 'audit.yes' : 'audit.no');
  if (value === null || value === '' || Array.isArray(value)) return t('audit.nothing');
  if (typeof value === 'object') return JSON.stringify(value);
  const key = keyOf(`role.${String(value)}`);
  return key ? t(key) : String(value);
}

/** Return the lines of a detail, in its own order. */
export function lines(detail: Readonly<Record<string, unknown>>, t: Speak): Line[] {
  return Object.entries(detail).map(([name, value]) => {
    const key = keyOf(`audit.field.${name}`);
    return { name: key ? t(key) : name, text: text(value, t) };
  });
}

/** Return the name of an action. */
export function actionName(action: string, t: Speak): string {
  const key = keyOf(`audit.of.${action}`);
  return key ? t(key) : action;
}
