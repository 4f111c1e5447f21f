import { tokenBinding } from '../issuance/registry/token-binding.ts';
import type { Text } from '../kit/locale.ts';
import { flowTexts as texts } from './app-flow-texts.ts';
import type { Field } from './edit-declaration.ts';

/** Returns the field that says which key tokens must be bound to. */
export function bindingField(name: string, label: Text): Field {
  const options = tokenBinding.options.map((value) => ({ value, text: texts[value] }));
  return { name, label, kind: 'choice', required: true, options };
}
